# Sends the signal $1 (0: none, it only looks) to every process of this container that carries DEVTWIN_SHELL=$2 in its
# environment: a shell, and all that was started from it. Status 0: there was none; 1: there was.
#
# To all of them at once, and in the order of their numbers, as a terminal's Ctrl-C comes to all: a package manager is
# deaf to SIGINT while its script runs, and would die of one that comes when the script is dead already.
#
# The process ids may be the target's, too. A process counts only when its files are those of this shell's own
# container (same mount namespace), so that none of the target can be meant, whatever it carries; unless $3 is
# "target": then it was started there. Shell built-ins only: an image may have no tools. Reading a line drops the
# NULs between the variables.
found=
for dir in /proc/[0-9] /proc/[0-9][0-9] /proc/[0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9] \
  /proc/[0-9][0-9][0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9][0-9][0-9] /proc/[0-9][0-9][0-9][0-9][0-9][0-9][0-9]; do
  [ "$3" = target ] || [ "$dir/ns/mnt" -ef /proc/self/ns/mnt ] || continue
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      *DEVTWIN_SHELL="$2" | *DEVTWIN_SHELL="$2"[!0-9]*)
        found="$found ${dir#/proc/}"
        break
        ;;
    esac
  done <"$dir/environ"
done 2>/dev/null
[ -n "$found" ] || exit 0
# shellcheck disable=SC2086 # a list of words
kill -s "$1" $found 2>/dev/null
exit 1
