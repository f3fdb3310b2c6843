package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand is `doorward completion SHELL`.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes commands and flags. It is made from the grammar itself and asks the program nothing
// while somebody types.
func (c completionCommand) Run(in *invocation, parsed *kong.Context) error {
	script := bashCompletion
	switch c.Shell {
	case "zsh":
		script = func(words map[string][]string) string {
			return "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n" + bashCompletion(words)
		}
	case "fish":
		script = fishCompletion
	}
	_, err := fmt.Fprint(in.Out, script(completions(parsed.Model.Node)))
	return err
}

// completions are the words that can follow each command, by its path: "" for the program itself.
func completions(root *kong.Node) map[string][]string {
	words := map[string][]string{}
	var visit func(node *kong.Node, path string)
	visit = func(node *kong.Node, path string) {
		var next []string
		for _, child := range node.Children {
			if child.Type != kong.CommandNode {
				continue
			}
			next = append(next, child.Name)
			visit(child, strings.TrimSpace(path+" "+child.Name))
		}
		for _, argument := range node.Positional {
			if argument.Enum != "" {
				next = append(next, argument.EnumSlice()...)
			}
		}
		for _, flag := range slices.Concat(node.Flags, root.Flags) {
			if word := "--" + flag.Name; !slices.Contains(next, word) && (path == "" || uses(node, flag.Name) || slices.Contains(node.Flags, flag)) {
				next = append(next, word)
			}
		}
		words[path] = next
	}
	visit(root, "")
	return words
}

// paths are the commands in the order of their names, so that the script is the same each time.
func paths(words map[string][]string) []string {
	var list []string
	for path := range words {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}

func bashCompletion(words map[string][]string) string {
	var script strings.Builder
	script.WriteString("# doorward completion: put this into your shell's start, as `source <(doorward completion bash)`\n_doorward_words() {\n  case \"$1\" in\n")
	for _, path := range paths(words) {
		fmt.Fprintf(&script, "    %q) echo %q ;;\n", path, strings.Join(words[path], " "))
	}
	script.WriteString(`  esac
}
_doorward() {
  local path="" word cur="${COMP_WORDS[COMP_CWORD]}"
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    local next="${path:+$path }$word"
    if [ -n "$(_doorward_words "$next")" ]; then path="$next"; fi
  done
  COMPREPLY=($(compgen -W "$(_doorward_words "$path")" -- "$cur"))
}
complete -o default -F _doorward doorward
`)
	return script.String()
}

func fishCompletion(words map[string][]string) string {
	var script strings.Builder
	script.WriteString("# doorward completion: doorward completion fish > ~/.config/fish/completions/doorward.fish\n")
	for _, path := range paths(words) {
		condition := "__fish_use_subcommand"
		if path != "" {
			var seen []string
			for word := range strings.SplitSeq(path, " ") {
				seen = append(seen, "__fish_seen_subcommand_from "+word)
			}
			condition = strings.Join(seen, "; and ")
		}
		for _, word := range words[path] {
			if flag, ok := strings.CutPrefix(word, "--"); ok {
				fmt.Fprintf(&script, "complete -c doorward -n %q -l %s\n", condition, flag)
			} else {
				fmt.Fprintf(&script, "complete -c doorward -n %q -a %s\n", condition, word)
			}
		}
	}
	return script.String()
}
