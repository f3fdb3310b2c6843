package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"doorward/app"
)

const (
	envPrefix      = "DOORWARD_"
	configFlag     = "config"
	maxConfigBytes = 1 << 20
	maxValueBytes  = 64 << 10 // of a file that holds one value
)

// unusable is a setting that stops the start. It names where the value came from: the variable, or the key and its file.
type unusable struct {
	source string
	err    error
}

func (e *unusable) Error() string { return e.source + ": " + e.err.Error() }
func (e *unusable) Unwrap() error { return e.err }

// given is a setting's text and where it was found.
type given struct {
	text   string
	source string
}

// sources gives kong what the flags leave open: first the environment, where a variable with _FILE behind it names the
// file that holds the value, then the configuration file. It is a kong.Resolver that asks for everything in one go, so
// that a key that is no setting is told even if nothing asks for it.
type sources struct {
	env    map[string]string
	config map[string]given // by flag name; nil until it was read
}

// newSources takes the environment as os.Environ gives it.
func newSources(environ []string) *sources {
	s := &sources{env: map[string]string{}}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			s.env[name] = value
		}
	}
	return s
}

// Validate has nothing to check before the flags are known.
func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve answers the text for one flag, or nil when there is none. The text was tried: an error here names its source.
func (s *sources) Resolve(ctx *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if parent.App == nil || !uses(ctx.Selected(), flag.Name) {
		return nil, nil // a command's own flag, or a setting that the command does without
	}
	if err := s.readConfig(ctx); err != nil {
		return nil, err
	}
	value, found, err := s.fromEnvironment(flag)
	if err != nil {
		return nil, err
	}
	if !found {
		if value, found = s.config[flag.Name]; !found {
			return nil, nil
		}
	}
	scan := kong.Scan().PushTyped(value.text, kong.FlagValueToken)
	trial := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, trial); err != nil {
		return nil, &unusable{value.source, err}
	}
	return value.text, nil
}

// uses tells whether a command reads a setting: all of them, unless its tag `settings` names some. What a command does
// not use can't stop it.
func uses(command *kong.Node, setting string) bool {
	if setting == "help" {
		return false
	}
	return command == nil || !command.Tag.Has("settings") || slices.Contains(strings.Split(command.Tag.Get("settings"), ","), setting)
}

// variable is the environment's name for a flag.
func variable(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment looks for a variable. One that is empty counts as not set, as it comes from `X=${X}` in many a
// deployment.
func (s *sources) fromEnvironment(flag *kong.Flag) (value given, found bool, err error) {
	name := variable(flag.Name)
	text, path := s.env[name], s.env[name+"_FILE"]
	switch {
	case text != "" && path != "":
		return given{}, false, &unusable{name + " and " + name + "_FILE", errors.New("both are set; keep one")}
	case text != "":
		return given{text, name}, true, nil
	case path == "":
		return given{}, false, nil
	}
	source := name + "_FILE"
	content, err := readUpTo(path, maxValueBytes)
	switch isSecret := flag.Target.Type() == reflect.TypeFor[app.Secret](); {
	case err != nil && isSecret: // without the path: the secret itself may have been put there
		return given{}, false, &unusable{source, fmt.Errorf("the file that it names can't be read: %w", rootCause(err))}
	case err != nil:
		return given{}, false, &unusable{source, err}
	case !isSecret:
		source += " (" + printable(path) + ")"
	}
	value = given{withoutNewline(string(content)), source}
	if value.text == "" {
		return given{}, false, &unusable{source, errors.New("the file is empty")}
	}
	return value, true, nil
}

// withoutNewline cuts the one line end that editors and `echo` leave.
func withoutNewline(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

// readConfig reads the file that --config or its variable names, once.
func (s *sources) readConfig(ctx *kong.Context) error {
	if s.config != nil {
		return nil
	}
	s.config = map[string]given{}
	path, source, err := s.configPath(ctx)
	if err != nil || path == "" {
		return err
	}
	content, err := readUpTo(path, maxConfigBytes)
	if err != nil {
		return &unusable{source, err}
	}
	var table map[string]any
	if _, err := toml.Decode(string(content), &table); err != nil {
		return &unusable{printable(path), tomlError(err)}
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if err := s.takeKey(ctx.Model.Node, path, key, table[key]); err != nil {
			return err
		}
	}
	return nil
}

func (s *sources) configPath(ctx *kong.Context) (path, source string, err error) {
	for _, step := range ctx.Path {
		if step.Flag != nil && step.Flag.Name == configFlag {
			return ctx.FlagValue(step.Flag).(string), "--" + configFlag, nil
		}
	}
	for _, flag := range ctx.Model.Flags {
		if flag.Name == configFlag {
			value, _, err := s.fromEnvironment(flag)
			return value.text, value.source, err
		}
	}
	return "", "", nil
}

// takeKey keeps one key of the file, if there is such a setting and the value is of a kind that it can have.
func (s *sources) takeKey(root *kong.Node, path, key string, value any) error {
	source := fmt.Sprintf("%s in %s", printable(key), printable(path))
	for _, flag := range root.Flags {
		if flag.Name != key || key == "help" || key == configFlag {
			continue
		}
		text, err := textOf(value, flag.Target.Type())
		if err != nil {
			return &unusable{source, err}
		}
		s.config[key] = given{text, source}
		return nil
	}
	return &unusable{source, errors.New("there is no such setting")}
}

// textOf writes a TOML value as it would stand behind the flag. Numbers and truth values may be TOML's own where the
// setting is one.
func textOf(value any, setting reflect.Type) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case bool:
		if setting.Kind() == reflect.Bool {
			return strconv.FormatBool(value), nil
		}
		return "", errors.New("this setting is no truth value; write it in quotes, as behind the flag")
	case int64:
		if setting.Kind() == reflect.Int || setting.Kind() == reflect.Int64 { // durations and sizes too
			return strconv.FormatInt(value, 10), nil
		}
		return "", errors.New("this setting is no number; write it in quotes, as behind the flag")
	case map[string]any, []map[string]any:
		return "", errors.New("there are no tables here; every setting stands by itself, as name = value")
	case []any:
		return "", errors.New("a list is one text with commas, such as \"a,b\"")
	case float64, time.Time:
		return "", errors.New("no setting is of this kind; write it in quotes, as behind the flag")
	}
	return "", errors.New("no setting is of this kind; write it in quotes, as behind the flag")
}

// tomlError says where a file stops being TOML. The library's own words are used only where they hold nothing of a
// value, which could be a password.
func tomlError(err error) error {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		return errors.New("this is not TOML")
	}
	if strings.Contains(parse.Message, "has already been defined") {
		return fmt.Errorf("line %d sets a name for the second time", parse.Position.Line)
	}
	return fmt.Errorf("line %d is not TOML; a setting is written as name = \"value\"", parse.Position.Line)
}

// readUpTo reads a file that is no longer than a bound.
func readUpTo(path string, bound int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, quotePath(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, bound+1))
	if err != nil {
		return nil, quotePath(err)
	}
	if int64(len(content)) > bound {
		return nil, fmt.Errorf("%s is over %d KiB", quote(path), bound>>10)
	}
	return content, nil
}

// printable keeps a name from outside on one line: as it is where it is plain, else quoted.
func printable(name string) string {
	if quoted := quote(name); quoted[1:len(quoted)-1] != name {
		return quoted
	}
	return name
}
