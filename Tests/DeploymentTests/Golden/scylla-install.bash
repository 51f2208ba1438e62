# install packages
missing=()
for name; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
done
finish() {
# On the vendor's cloud image its own set-up of disks and network comes first.
if systemctl cat scylla-image-setup.service >/dev/null 2>&1; then
    last=$((SECONDS + 600))
    until [ -e /etc/scylla/machine_image_configured ]; do
        [ $SECONDS -lt $last ] || {
            echo "the image was not configured within 600 s: see journalctl --unit scylla-image-setup" >&2
            exit 1
        }
        sleep 1
    done
fi
}
[ ${#missing[@]} -gt 0 ] || { finish; exit 0; }
export DEBIAN_FRONTEND=noninteractive
# A service must not start before it is configured; policy-rc.d says so to the packages.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
chmod 755 /usr/sbin/policy-rc.d
# A fresh cloud machine may still run its own apt; wait for its lock.
wait=(-o DPkg::Lock::Timeout=300)
# After an installation that was cut short, apt-get refuses all else until this is done. With 2 dpkg says
# that another has the lock.
last=$((SECONDS + 300))
until dpkg --configure --pending; do
    [ $? -eq 2 ] && [ $SECONDS -lt $last ] || exit 1
    sleep 1
done
apt-get "${wait[@]}" -qq update
apt-get "${wait[@]}" -qq install --no-install-recommends "${missing[@]}"
finish
