#pragma once
// What a TSS response code means here: one table.

#include "base/failure.h"

#include <string_view>
#include <tss2/tss2_common.h>

namespace ocfsecd::tpm {

/// The TPM's own code without the numbers of session, handle or parameter and without the resource manager's layer.
/// Codes of other layers (ESAPI, TCTI …) come back unchanged.
TSS2_RC bare(TSS2_RC rc);

/// True when the connection is dead afterwards: transport and integrity errors, a TPM that failed (L6.12).
bool endsConnection(TSS2_RC rc);

/// True when the TPM refused a parameter for what it holds: a blob that is not, or not any more, an object of this TPM.
bool refusesParameter(TSS2_RC rc);

/// `act` says what was tried, as in "unsealing a key".
Failure failureOf(TSS2_RC rc, std::string_view act);

/// The failure of every call on a connection that has ended.
Failure connectionLost();

} // namespace ocfsecd::tpm
