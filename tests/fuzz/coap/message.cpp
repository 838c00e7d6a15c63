// A message that is taken must be written to octets that say the same.

#include "coap/message.h"
#include "coap/options.h"

#include <cstdlib>

using namespace ocfsecd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto message = coap::decode({data, size});
    if (!message)
        return 0;
    const auto again = coap::decode(coap::encode(*message));
    if (!again || *again != *message)
        std::abort();
    if (message->isRequest())
        (void)coap::judge(*message);
    (void)coap::responseOf(*std::move(message));
    return 0;
}
