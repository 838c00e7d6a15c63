#!/bin/sh
# Gives the installed ocfsecd a software TPM, and one network interface to serve. For throw-away machines only.
#   software_tpm.sh INTERFACE
set -eu
interface=$1

# As the agent's own user: the socket needs no further permission.
cat >/etc/systemd/system/ocfsecd-swtpm.service <<'UNIT'
[Unit]
Description=Software TPM for trials of ocfsecd

[Service]
User=ocfsecd
RuntimeDirectory=ocfsecd-swtpm
StateDirectory=ocfsecd-swtpm
ExecStart=/usr/bin/swtpm socket --tpm2 --tpmstate dir=/var/lib/ocfsecd-swtpm \
    --server type=unixio,path=/run/ocfsecd-swtpm/tpm,disconnect \
    --ctrl type=unixio,path=/run/ocfsecd-swtpm/tpm.ctrl --flags not-need-init,startup-clear
UNIT
mkdir -p /etc/systemd/system/ocfsecd.service.d /etc/ocfsecd/ocfsecd.conf.d
cat >/etc/systemd/system/ocfsecd.service.d/software-tpm.conf <<'UNIT'
[Unit]
Wants=ocfsecd-swtpm.service
After=ocfsecd-swtpm.service
UNIT
cat >/etc/ocfsecd/ocfsecd.conf.d/trial.conf <<CONF
[Network]
Interfaces=$interface
DiscoveryJitterSec=100ms
[TPM]
Tcti=swtpm:path=/run/ocfsecd-swtpm/tpm
CONF
systemctl daemon-reload
systemctl restart ocfsecd.service
