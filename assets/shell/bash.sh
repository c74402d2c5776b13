# Shell integration for bash. It comes by the environment, as text in DEVTWIN_SHELL_INTEGRATION, and is run by
# PROMPT_COMMAND before the first prompt, when all start-up files have been read. Nothing is written to disk, and
# neither variable is passed on to what the shell starts.
#
# Marks: OSC 133;A before the prompt, ;B after it, ;C;cmdline_url=TEXT before a command's output, ;D;STATUS after it,
# and OSC 7 with the directory. docs/guide/shell.md tells it from the user's side.
#
# It must hold under set -u, -e, -x, -k and posix, and may change neither $?, $_, options nor traps. So no command
# takes an assignment as an argument. Comments and indentation are taken off before it is sent.

builtin unset -v DEVTWIN_SHELL_INTEGRATION

# PROMPT_COMMAND without the words that brought us here; what else stands in it is the person's or the image's.
__devtwin_hook='eval "${DEVTWIN_SHELL_INTEGRATION-}"'
for __devtwin_i in "${!PROMPT_COMMAND[@]}"; do
  PROMPT_COMMAND[__devtwin_i]=${PROMPT_COMMAND[__devtwin_i]//"$__devtwin_hook"/}
  case ${PROMPT_COMMAND[__devtwin_i]} in
    *[![:space:]\;]*) ;;
    *) builtin unset -v 'PROMPT_COMMAND[__devtwin_i]' ;;
  esac
done
builtin export -n PROMPT_COMMAND
# A shell that was started from ash inherits its prompt, which bash would not show as it is meant.
case ${PS1-} in
  *'133;B'*) builtin unset -v PS1; PS1='\s-\v\$ ' ;;
esac
__devtwin_version=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))
__devtwin_a='\[\e]133;A\a\]'
# Prints nothing and notes the number that the next command gets in the history: only PS1 tells it in every version.
__devtwin_n='${__devtwin_void:$((__devtwin_next=\!)):0}'
# The directory goes with the prompt, so that the first thing to be seen of the shell is its whole prompt.
__devtwin_d='\[\e]7;file://${HOSTNAME-}${__devtwin_url}\a\]'
__devtwin_b='\[\e]133;B\a\]'
__devtwin_c='$(__devtwin_command)'
__devtwin_pwd=
__devtwin_url=
__devtwin_void=
__devtwin_next=0
__devtwin_status=
builtin unset -v __devtwin_hook __devtwin_i

# Sets __devtwin_url to $PWD for OSC 7; byte by byte, when there is anything to encode.
__devtwin_locate() {
  __devtwin_pwd=$PWD
  __devtwin_url=$PWD
  case $PWD in
    *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~-]*) ;;
    *) return 0 ;;
  esac
  builtin local LC_ALL c n i
  LC_ALL=C
  __devtwin_url=
  for ((i = 0; i < ${#PWD}; i++)); do
    c=${PWD:i:1}
    case $c in
      [ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~-]) ;;
      *)
        builtin printf -v n %d "'$c"
        builtin printf -v c '%%%02X' $((n & 255))
        ;;
    esac
    __devtwin_url+=$c
  done
}

# Before bash 5.1 a PROMPT_COMMAND is one string, whose first command must keep the status for the last.
__devtwin_before() {
  __devtwin_status=$?
  case $- in
    *e*) ;;
    *) return "$__devtwin_status" ;;
  esac
}

# Ends the command that ran, tells the directory and marks the prompt, whatever theme has set it meanwhile.
__devtwin_prompt() {
  {
    __devtwin_status=${__devtwin_status:-$?}
    if ((__devtwin_version >= 404)); then
      builtin local -
      builtin set +x
    fi
  } 2>/dev/null
  if [[ ${PWD-} != "$__devtwin_pwd" ]]; then
    __devtwin_locate
  fi
  # Nothing has ended before the first prompt.
  if [[ $__devtwin_started ]]; then
    builtin printf '\e]133;D;%s\a' "$__devtwin_status"
  fi
  __devtwin_started=yes
  __devtwin_status=
  builtin local prompt place number command
  place=
  number=
  command=
  # What is computed inside a prompt needs an option, which is always on in posix mode.
  if builtin shopt -q promptvars || [[ -o posix ]]; then
    place=$__devtwin_d
    if ((__devtwin_version >= 404)); then
      number=$__devtwin_n
      command=$__devtwin_c
    fi
  else
    builtin printf '\e]7;file://%s%s\a' "${HOSTNAME-}" "$__devtwin_url"
  fi
  prompt=${PS1-}
  prompt=${prompt//"$__devtwin_a"/}
  prompt=${prompt//"$__devtwin_d"/}
  prompt=${prompt//"$__devtwin_n"/}
  PS1=$place$__devtwin_a${prompt//"$__devtwin_b"/}$number$__devtwin_b
  prompt=${PS0-}
  PS0=${prompt//"$__devtwin_c"/}$command
  return 0
}

# Prints the mark before a command's output. Its text is the newest line of the history, unless that was there before:
# a command that the history leaves out (ignorespace, ignoredups, HISTIGNORE) must not be taken for another one.
__devtwin_command() {
  {
    builtin set +eux
    builtin local text number LC_ALL c n
    LC_ALL=C
    text=
    if [[ -o history ]]; then
      text=$(HISTTIMEFORMAT='' builtin history 1)
      text=${text#"${text%%[! ]*}"}
      number=${text%%[!0-9]*}
      if [[ $number == "$__devtwin_next" ]]; then
        text=${text#"$number"}
        text=${text:2:2048}
      else
        text=
      fi
    fi
    text=${text//%/%25}
    text=${text//;/%3B}
    while [[ $text =~ [[:cntrl:]] ]]; do
      c=${BASH_REMATCH[0]}
      builtin printf -v n %d "'$c"
      builtin printf -v n '%%%02X' $((n & 255))
      text=${text//"$c"/$n}
    done
  } 2>/dev/null
  builtin printf '\e]133;C%s\a' "${text:+;cmdline_url=$text}"
}

# A twin that was started again with its target: back to where the shell was.
if [[ -r /.devtwin-return ]]; then
  builtin source /.devtwin-return
fi
__devtwin_started=
if ((__devtwin_version >= 501)); then
  # An element of its own, and not the first one, which PROMPT_COMMAND=… would replace.
  : "${PROMPT_COMMAND[0]=:}"
  PROMPT_COMMAND+=(__devtwin_prompt)
else
  PROMPT_COMMAND=$'__devtwin_before\n'${PROMPT_COMMAND-}$'\n__devtwin_prompt'
fi
__devtwin_prompt
