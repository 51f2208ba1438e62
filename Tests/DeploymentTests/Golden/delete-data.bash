# delete all data
for directory; do find "$directory" -mindepth 1 -delete; done
