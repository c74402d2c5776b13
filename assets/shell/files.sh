# Tells of files. Reads one question a line from its standard input, "NONCE WORD ARGUMENTS", and ends each answer with a
# line that is the nonce. Runs until its input ends.
#
# A path comes as one word, for printf's %b. What is told of a file is a line of stat that ends in "///": no name holds a
# slash, so no name can look like the end of one. Nothing is followed: who asks takes links apart, since an absolute link
# of the target would lead into the twin.
exec 3<&0 </dev/null 2>/dev/null
LC_ALL=C
QUOTING_STYLE=literal
export LC_ALL QUOTING_STYLE
have=
for tool in stat dd find head; do
  command -v "$tool" >/dev/null && have="$have $tool"
done
form='%f %u %g %s %Y %t %T %n//%N///'

# The path of a word, without losing line ends at its end.
path() {
  path=$(printf '%b.' "$1")
  path=${path%.}
}

# Everything in a directory.
list() {
  path "$1"
  why=$( { cd -P "$path"; } 2>&1) || {
    echo "no $why"
    return
  }
  cd -P "$path" || return
  echo "ok"
  case $have in
    *find*head*)
      find . ! -name . -prune -exec stat -c "$form" -- {} + | head -n 100001
      return
      ;;
  esac
  # Slower by far: each name is a step of the shell.
  count=0
  set --
  for name in * .[!.]* ..?*; do
    set -- "$@" "$name"
    count=$((count + 1))
    if [ $# -ge 128 ]; then
      stat -c "$form" -- "$@"
      set --
      [ "$count" -le 100000 ] || break
    fi
  done
  [ $# = 0 ] || stat -c "$form" -- "$@"
}

# What stands at each step of a path from a directory, up to the first that is no directory.
steps() {
  path "$1"
  cd -P "$path" || return
  shift
  for step; do
    path "$step"
    stat -c "$form" -- "$path"
    [ ! -L "$path" ] && [ -d "$path" ] || break
    why=$( { cd -P "./$path"; } 2>&1) || {
      echo "no $why"
      break
    }
    cd -P "./$path" || break
  done
}

# A piece of a regular file: its size, then $3 blocks of 4096 bytes after the first $2.
piece() {
  path "$1"
  if [ -L "$path" ] || [ ! -f "$path" ]; then
    echo "no it is no regular file"
    return
  fi
  why=$( { : <"$path"; } 2>&1) || {
    echo "no $why"
    return
  }
  stat -c "ok %s" -- "$path"
  dd if="$path" bs=4096 skip="$2" count="$3"
}

while read -r nonce word first rest <&3; do
  # Nothing of one question stays for the next, and no directory is held.
  case $word in
    hello) echo "have$have" ;;
    list) (list "$first") ;;
    # shellcheck disable=SC2086 # words without blanks
    steps) (steps "$first" $rest) ;;
    # shellcheck disable=SC2086 # two numbers
    piece) (piece "$first" $rest) ;;
  esac
  echo "$nonce"
done
