# shellcheck shell=bash
# Sourced: which variables of the environment a guest gets. Not all: secrets have no business in a guest.

# The shell's patterns of names, and what PGFORK_LAB_ENV names.
passed_variables=(PATH LANG 'LC_*' TERM COLORTERM NO_COLOR FORCE_COLOR CI DEBUG DRIVERS NODE_OPTIONS 'PGFORK_*' 'VITEST*')

# Prints `declare -x NAME="value"` for each of them.
print_passed_environment() {
  local name pattern
  while read -r name; do
    for pattern in "${passed_variables[@]}" ${PGFORK_LAB_ENV:-}; do
      # shellcheck disable=SC2053 # the right side is a pattern
      if [[ $name == $pattern ]]; then declare -p "$name"; fi
    done
  done < <(compgen -e)
}
