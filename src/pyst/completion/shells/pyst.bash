# Completion of pyst for bash: commands, options, scripts, and each script's own options.
# To have it in every shell, add to ~/.bashrc:  eval "$(pyst completions bash)"

_pyst() {
    local current piece asked line value quoted breaks='' cut='' files='' rest=${COMP_LINE:0:COMP_POINT} trimmed i
    local -a words=() found=()

    # Readline also cuts at `:` and `=`: pieces with no blank between them are one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && piece=$trimmed
        if ((i > 0)) && [[ $trimmed == "$rest" ]]; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        rest=${trimmed#"$piece"}
    done
    local raw=${words[${#words[@]} - 1]}
    for i in "${!words[@]}"; do
        value=${words[i]//\\/}
        value=${value//\"/}
        words[i]=${value//\'/}
    done
    current=${words[${#words[@]} - 1]}

    # All that could stand here is asked for, whatever has been typed of it: that answer is kept by pyst.
    case $current in
        -*=*) asked=${current%%=*}= ;;
        -*) asked=- ;;
        project:* | global:* | installed:*) asked=${current%%:*}: ;;
        *) asked= ;;
    esac
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        if [[ -z $value ]]; then
            files=${line#$'\t'}
        elif [[ $value == "$current"* ]]; then
            found+=("$value")
        fi
    done < <(command pyst __complete -- "${words[@]:1:${#words[@]}-2}" "$asked" 2>/dev/null)

    [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
    [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
    if [[ -n $breaks && $raw != [\"\']* ]]; then
        cut=${current%"${current##*[$breaks]}"}
    fi
    COMPREPLY=()
    for value in ${found[@]+"${found[@]}"}; do  # an empty array is no error under `set -u`, even in old versions
        quoted=${value#"$cut"}
        [[ $raw == [\"\']* ]] || printf -v quoted %q "$quoted"
        COMPREPLY+=("$quoted")
    done
    if type compopt >/dev/null 2>&1; then
        case $files in
            files) ;;
            folders) compopt +o default -o dirnames 2>/dev/null ;;
            *) compopt +o default 2>/dev/null ;;
        esac
    fi
}

complete -o default -F _pyst pyst
