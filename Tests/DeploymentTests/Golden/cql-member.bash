# was this server in a ring before
compgen -G "$1/data/system/local-*" >/dev/null
