# look for a build
echo "$1  $2" | sha256sum --check --status 2>/dev/null
