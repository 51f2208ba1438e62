# play a load by pgbench
password=$1 folder=$2 start=$3 draw=$4 tool=$5 told=$6
shift 6
export PGPASSWORD PGSSLMODE=disable
PGPASSWORD=$(cat "$password")
cd "$folder"
cat >read.sql <<END
\\set aid $draw
SELECT abalance FROM pgbench_accounts WHERE aid = :aid \\gset
END
cat >write.sql <<END
\\set aid $draw
\\set delta random(-5000, 5000)
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid RETURNING abalance \\gset
END
sleep "$(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print (start > now ? start - now : 0) }')"
first=()
! chrt --fifo 1 true 2>/dev/null || first=(chrt --fifo 1)
"${first[@]}" "$0" "$@"
times >times
# Its words hold no blanks.
"$tool" pgbench transactions.* --processor-times "$(tail -n 1 times)" $told
