#pragma once
// Who made the TPM.

#include "tpm/connection.h"
#include "tpm/tpm.h"

namespace ocfsecd::tpm {

Result<Description> describe(Connection& connection);

} // namespace ocfsecd::tpm
