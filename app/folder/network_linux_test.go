package folder

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestANetworkFileSystemIsWarnedOf(t *testing.T) {
	t.Parallel()
	// The kinds as the kernel's magic.h and file systems have them; no test can mount them all.
	for kind, want := range map[int64]string{
		0x6969: "NFS", 0xff534d42: "CIFS", -0xacb2be: "CIFS", 0xfe534d42: "SMB", 0x01021997: "9P", 0x00c36400: "Ceph",
		0xef53: "", 0x58465342: "", 0x9123683e: "", 0x2fc12fc1: "", 0x794c7630: "", 0x01021994: "", 0x65735546: "", 0: "",
	} {
		if got := networkName(kind); got != want {
			t.Errorf("%#x is %q, want %q", kind, got, want)
		}
	}
	in, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(in.Path(), &s); err != nil {
		t.Fatal(err)
	}
	if got := fileSystemType(in.Path()); got != int64(s.Type) || got == 0 {
		t.Errorf("this folder's file system is %#x, and told as %#x", s.Type, got)
	}
	if err := os.Chmod(in.Path(), 0o700); err != nil {
		t.Fatal(err)
	}
	warned := strings.Contains(strings.Join(in.Warnings(), "\n"), "network file system")
	if want := networkName(int64(s.Type)) != ""; warned != want {
		t.Errorf("it is %v that this folder's file system is warned of, want %v", warned, want)
	}
	lines := warnings("/data", func(string) string { return "NFS" })
	if len(lines) != 1 || !strings.Contains(lines[0], "/data") || !strings.Contains(lines[0], "NFS") || !strings.Contains(lines[0], "disk of this machine") {
		t.Errorf("it is warned of with %q", lines)
	}
}
