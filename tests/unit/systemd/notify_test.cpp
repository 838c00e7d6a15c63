#include "systemd/notify.h"

#include "notify_socket.h"

#include <gtest/gtest.h>

namespace ocfsecd::systemd::notify {
namespace {

TEST(Notify, TellsTheManagerEachFact) {
    test::NotifySocket manager;
    ASSERT_TRUE(manager.usable());
    ready("1 device, unowned");
    EXPECT_EQ(manager.next(), "READY=1\nSTATUS=1 device, unowned");
    status("device 0 rfnop, owned");
    EXPECT_EQ(manager.next(), "STATUS=device 0 rfnop, owned");
    stopping("saying goodbye");
    EXPECT_EQ(manager.next(), "STOPPING=1\nSTATUS=saying goodbye");
    reloading();
    EXPECT_EQ(manager.next().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0u);
    watchdog();
    EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Notify, ANewlineInTheTextCannotForgeAnAssignment) {
    test::NotifySocket manager;
    status("a device named\nSTOPPING=1");
    EXPECT_EQ(manager.next(), "STATUS=a device named STOPPING=1");
}

TEST(Notify, IsSilentWithoutAManager) {
    ::unsetenv("NOTIFY_SOCKET");
    EXPECT_NO_THROW(ready("nobody listens"));
}

} // namespace
} // namespace ocfsecd::systemd::notify
