package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// versionCommand is `doorward version`.
type versionCommand struct {
	Licenses bool `help:"Print the licence too, and every module that is built in."`
}

// Run prints `doorward VERSION (commit, Go version, system/processor)`.
func (c versionCommand) Run(in *invocation) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	if _, err := fmt.Fprintf(in.Out, "doorward %s\n", versionOf(in.program.Version, info)); err != nil || !c.Licenses {
		return err
	}
	return printLicences(in.Out, in.program.Licence, info)
}

// versionOf is the release's name, or what the toolchain wrote down where there is none.
func versionOf(release string, info *debug.BuildInfo) string {
	if release == "" {
		release = strings.Trim(info.Main.Version, "()")
	}
	if release == "" {
		release = "devel"
	}
	commit, changed := "no commit known", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return fmt.Sprintf("%s (%s%s, %s, %s/%s)", release, commit, changed, info.GoVersion, runtime.GOOS, runtime.GOARCH)
}

// printLicences writes our own licence and names the modules, which come with theirs.
func printLicences(out io.Writer, licence string, info *debug.BuildInfo) error {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s\n\nBuilt in are these modules, each under the licence that its source carries:\n\n", strings.TrimSpace(licence))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		fmt.Fprintf(&text, "%s %s\n", m.Path, m.Version)
	}
	_, err := io.WriteString(out, text.String())
	return err
}
