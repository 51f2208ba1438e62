# look for options that cassandra does not know
packaged=$1; shift
knows() {
    python3 - "$1" /usr/share/cassandra/apache-cassandra-*.jar <<'END'
import sys, zipfile
name = sys.argv[1].encode()
fields = zipfile.ZipFile(sys.argv[2]).read("org/apache/cassandra/config/Config.class")
sys.exit(0 if b"\1" + len(name).to_bytes(2, "big") + name in fields else 1)
END
}
unknown=
for name; do
    grep -qE "^(#[# ]*)?$name:" "$packaged" || knows "$name" || unknown+=" \"$name\""
done
[ -z "$unknown" ] || { echo "cassandra does not know the option$unknown" >&2; exit 1; }
