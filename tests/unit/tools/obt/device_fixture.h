#pragma once
// A device that shows PINs and has its maker's certificate, on real sockets, and this tool's half of the way to it.

#include "support/certified_scene.h"
#include "support/loopback_device.h"
#include "temporary_directory.h"
#include "tools/obt/link.h"
#include "tools/obt/maker_trust.h"
#include "tools/obt/own.h"

namespace ocfsecd::obt {

class OnLoopback : public ::testing::Test {
protected:
    OnLoopback();

    /// The PIN in force; empty when none is shown.
    std::string shownPin();
    Uuid temporary();
    /// The PEM file of the maker's root.
    std::string rootFile() const;

    test::Maker maker;
    test::LoopbackDevice device;
    TemporaryDirectory directory;
};

} // namespace ocfsecd::obt
