# play a load by cassandra-stress
folder=$1; shift
"$0" "$@" || exit $?
grep -qx END "$folder/output.log" && ! grep -qx FAILURE "$folder/output.log" || exit 70
