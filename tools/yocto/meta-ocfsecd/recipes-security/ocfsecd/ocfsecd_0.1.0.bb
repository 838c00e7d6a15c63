SUMMARY = "OCF device security agent"
DESCRIPTION = "Makes a gateway a device that can be owned and administered after the security specification of the Open \
Connectivity Foundation, with every secret sealed in the TPM."
SECTION = "net"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

# The tree this layer lies in. To build another one, set OCFSECD_TREE, or SRC_URI and SRCREV in a .bbappend without this class.
inherit externalsrc
EXTERNALSRC = "${OCFSECD_TREE}"

inherit meson pkgconfig systemd useradd features_check
REQUIRED_DISTRO_FEATURES = "systemd"

DEPENDS = "cli11 fmt gmp gnutls libcbor libical libinih nettle nlohmann-json sdbus-c++ sdbus-c++-tools-native systemd tpm2-tss"
EXTRA_OEMESON = "-Dtests=false -Dbench=false"

PACKAGES =+ "ocf-obt"

# A test compares these lists with what is installed: tests/system/yocto_files.py
FILES:${PN} = " \
    ${sbindir}/ocfsecd \
    ${bindir}/ocfctl \
    ${sysconfdir}/ocfsecd/ocfsecd.conf \
    ${systemd_system_unitdir}/ocfsecd.service \
    ${nonarch_libdir}/sysusers.d/ocfsecd.conf \
    ${nonarch_libdir}/systemd/catalog/ocfsecd.catalog \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.AccessControl.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.Credentials.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.Device.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.Events.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.Manager.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.Manufacturer.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.Onboarding.xml \
    ${datadir}/dbus-1/interfaces/org.ocfsecd1.PinAgent.xml \
    ${datadir}/dbus-1/system.d/org.ocfsecd1.conf \
    ${datadir}/dbus-1/system-services/org.ocfsecd1.service \
    ${datadir}/polkit-1/actions/org.ocfsecd1.policy \
"
FILES:ocf-obt = "${bindir}/ocf-obt"
FILES:${PN}-doc = " \
    ${mandir}/man1/ocf-obt.1 \
    ${mandir}/man1/ocfctl.1 \
    ${mandir}/man5/ocfsecd.conf.5 \
    ${mandir}/man8/ocfsecd.8 \
"
CONFFILES:${PN} = "${sysconfdir}/ocfsecd/ocfsecd.conf"

# The way to the TPM is loaded by name; the udev rule of tpm2-tss gives /dev/tpmrm0 to the group tss.
RDEPENDS:${PN} = "dbus libtss2-tcti-device tpm2-tss"
SUMMARY:ocf-obt = "Onboarding tool for OCF devices"

SYSTEMD_PACKAGES = "${PN}"
SYSTEMD_SERVICE:${PN} = "ocfsecd.service"

USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system tss"
USERADD_PARAM:${PN} = "--system --no-create-home --home-dir ${localstatedir}/lib/ocfsecd --shell /sbin/nologin --user-group ocfsecd"
