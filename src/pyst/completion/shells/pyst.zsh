#compdef pyst
# Completion of pyst for zsh: commands, options, scripts, and each script's own options.
# To have it in every shell, add to ~/.zshrc:  eval "$(pyst completions zsh)"
# or save this as `_pyst` in a folder of $fpath.

_pyst() {
    local current=${(Q)PREFIX} asked='' line files=''
    local -a values shown
    local -i width=0

    # All that could stand here is asked for, whatever has been typed of it: that answer is kept by pyst.
    case $current in
        (-*=*) asked=${current%%=*}= ;;
        (-*) asked=- ;;
        (project:*|global:*|installed:*) asked=${current%%:*}: ;;
    esac
    for line in "${(@f)$(command pyst __complete -- "${(@Q)words[2,CURRENT-1]}" "$asked" 2>/dev/null)}"; do
        if [[ -z ${line%%$'\t'*} ]]; then
            files=${line#$'\t'}
            continue
        fi
        values+=("${line%%$'\t'*}")
        shown+=("${line#*$'\t'}")
        (( $#values[-1] > width )) && width=$#values[-1]
    done
    (( width > 40 )) && width=40
    local -i i
    for (( i = 1; i <= $#values; i++ )); do
        if [[ -n $shown[i] && $shown[i] != $values[i] ]]; then
            shown[i]="${(r:width:)values[i]}  $shown[i]"
        else
            shown[i]=$values[i]
        fi
    done
    (( $#values )) && compadd -l -d shown -a values && return 0
    case $files in
        (files) _files ;;
        (folders) _files -/ ;;
        (*) return 1 ;;
    esac
}

if [[ $funcstack[1] == _pyst ]]; then
    _pyst "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _pyst pyst
fi
