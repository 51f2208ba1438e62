# install packages
missing=()
for name; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
done
finish() {
# It makes them at its first start, which a restore may precede.
for name in data commitlog hints saved_caches; do
    install -d -o cassandra -g cassandra "/var/lib/cassandra/$name"
done
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
