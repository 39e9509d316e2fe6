/** For each shell, what asks `pgfork complete` at the key. Where it prints nothing, the shell completes file names. */
export const completionScripts = {
  bash: `_pgfork() {
  local IFS=$'\\n'
  COMPREPLY=($(pgfork complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _pgfork pgfork`,
  zsh: `#compdef pgfork
_pgfork() {
  local -a found
  found=("\${(@f)$(pgfork complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
if [[ "\${funcstack[1]}" = _pgfork ]]; then _pgfork "$@"; else compdef _pgfork pgfork; fi`,
  fish: `complete -c pgfork -a '(pgfork complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
} as const

export type Shell = keyof typeof completionScripts
