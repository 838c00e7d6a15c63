#include "ocf/resources.h"

namespace ocfsecd::ocf {

svr::Target targetOf(std::string_view href) {
    if (svr::isDcr(href))
        return svr::targetOf(href);
    svr::Target target;
    target.href = href;
    const auto* row = findRow(href);
    target.discoverable = row != nullptr && (row->bm & 1) != 0;
    target.hasClearEndpoint = row != nullptr && !row->secureOnly;
    return target;
}

} // namespace ocfsecd::ocf
