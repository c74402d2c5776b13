# Tells of the processes and the network that this shell can see. Reads one question a line from its standard input,
# "NONCE WORD ARGUMENTS", and ends each answer with a line that is the nonce. Runs until its input ends.
#
# What files of /proc hold may be anything: so a record ends with a mark, which is this shell's own environment. In it
# stands a word that was drawn for it, and nobody who has not the rights of this shell can read it, or know the nonce.
# One cat reads many files: a program for each file would cost a hundred times as much. Without cat the shell reads
# lines itself, and the words of commands, which are not lines, are left out.
exec 3<&0 </dev/null 2>/dev/null
LC_ALL=C
export LC_ALL
have=
for tool in cat ls stat head; do
  command -v "$tool" >/dev/null && have="$have $tool"
done
case $have in
  *cat*) mark=/proc/$$/environ ;;
  *) mark=- ;;
esac

# Prints files, and the mark for a "-" among them where there is no cat.
show() {
  case $have in
    *cat*) cat "$@" ;;
    *)
      for file; do
        case $file in
          -) printf %s "$DEVTWIN_FRAME" ;;
          */cmdline | */environ) ;;
          *)
            while IFS= read -r line || [ -n "$line" ]; do
              printf '%s\n' "$line"
            done <"$file"
            ;;
        esac
      done
      ;;
  esac
}

# The files of the target's etc: a plain file, and its beginning. Anything else could keep us waiting.
text() {
  if [ -f "$1" ] && [ ! -L "$1" ]; then
    case $have in
      *head*) head -c 65536 "$1" ;;
      *) show "$1" ;;
    esac
  fi
  show "$mark"
}

# Whose a process is: that of the twin, of the target (whose main process is $2), or another one.
whose() {
  if [ "/proc/$1/ns/mnt" -ef "/proc/$$/ns/mnt" ]; then
    owner=w
  elif [ "/proc/$1/ns/mnt" -ef "/proc/$2/ns/mnt" ]; then
    owner=t
  else
    owner=o
  fi
}

# All processes but this shell, or only the target's ($2). A line says of which, then their records come, behind one
# that says how long the machine runs.
processes() {
  count=0
  of=
  files="/proc/uptime $mark"
  for dir in /proc/[0-9] /proc/[0-9][0-9] /proc/[0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9] \
    /proc/[0-9][0-9][0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9][0-9][0-9][0-9]; do
    [ -d "$dir" ] && [ "$dir" != "/proc/$$" ] || continue
    whose "${dir#/proc/}" "$1"
    [ "$2" = all ] || [ "$owner" = t ] || continue
    of="$of $owner${dir#/proc/}"
    files="$files $dir/stat $dir/cmdline $dir/status $mark"
    count=$((count + 1))
    if [ $((count % 128)) = 0 ]; then
      echo "of$of"
      # shellcheck disable=SC2086 # a list of words
      show $files
      of=
      files=$mark
      [ "$count" -lt 4096 ] || break
    fi
  done
  echo "of$of"
  # shellcheck disable=SC2086 # a list of words
  show $files
}

# All of one process, whose owner is known.
process() {
  dir=/proc/$1
  whose "$1" "$2"
  can=
  if { :; } <"$dir/environ"; then
    can=" environ"
  fi
  if [ -r "$dir/fd" ]; then
    can="$can fd"
  fi
  echo "of $owner$1$can"
  show "$dir/stat" "$dir/cmdline" "$dir/status" "$mark" "$dir/environ" "$mark" "$dir/limits" "$mark"
  case $have in
    *ls*) ls -ln "$dir/cwd" "$dir/exe" "$dir/fd/" ;;
  esac
  show "$mark"
}

# The sockets and routes that process $1 sees, and with "owners" whose they are; names as process $2 finds them.
network() {
  net=/proc/$1/net
  echo "net"
  show "$net/tcp" "$mark" "$net/tcp6" "$mark" "$net/udp" "$mark" "$net/udp6" "$mark" "$net/unix" "$mark" \
    "$net/route" "$mark" "$net/ipv6_route" "$mark"
  text "/proc/$2/root/etc/resolv.conf"
  text "/proc/$2/root/etc/hosts"
  case $have$3 in
    *stat*owners) stat -L -c '%f %i %n' /proc/[0-9]*/fd/* ;;
  esac
  show "$mark"
}

# Sends a signal to the process that began at $3, and to no other one that has its number by now.
send() {
  signal=$1
  pid=$2
  begin=$3
  line=
  while IFS= read -r next; do
    line=$next
  done <"/proc/$pid/stat"
  # shellcheck disable=SC2086 # fields
  set -- ${line##*) }
  if [ "${20}" != "$begin" ]; then
    echo "gone"
  elif why=$(kill -s "$signal" "$pid" 2>&1); then
    echo "sent"
  else
    echo "failed $why"
  fi
}

while read -r nonce word first second third <&3; do
  case $word in
    hello)
      echo "have$have"
      show "$mark"
      ;;
    processes) processes "$first" "$second" ;;
    process) process "$first" "$second" ;;
    names) text "/proc/$first/root/etc/passwd" ;;
    network) network "$first" "$second" "$third" ;;
    send) send "$first" "$second" "$third" ;;
  esac
  echo "$nonce"
done
