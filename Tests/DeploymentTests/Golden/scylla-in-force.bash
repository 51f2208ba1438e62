# ask scylla what is in force
address=$1
ask() { cqlsh --request-timeout "${limit:-10}" --execute "$1" "$address" 9042 </dev/null; }
ask "$2"
ask "$3"
