#include "dbus/secret_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace ocfsecd::dbus {
namespace {

TEST(SecretFile, IsReadFromItsBeginningWhereverTheCallerStands) {
    const int fd = ::memfd_create("secret", MFD_CLOEXEC);
    ASSERT_EQ(::write(fd, "secret", 6), 6); // now at its end
    const auto secret = readSecretFile(fd, 6);
    ASSERT_TRUE(secret) << secret.failure().what;
    EXPECT_TRUE((*secret)->equals(viewOf("secret")));
    EXPECT_EQ(readSecretFile(fd, 5).failure().reason, Reason::tooLarge);
    ::close(fd);
}

TEST(SecretFile, IsNeitherDirectoryNorDeviceNorClosedNorWriteOnly) {
    const int directory = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int device = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(readSecretFile(directory, 100).failure().reason, Reason::malformed);
    EXPECT_EQ(readSecretFile(device, 100).failure().reason, Reason::malformed);
    EXPECT_EQ(readSecretFile(-1, 100).failure().reason, Reason::malformed);
    ::close(directory);
    ::close(device);
}

} // namespace
} // namespace ocfsecd::dbus
