package folder

import "syscall"

// fileSystemType is what Linux calls the kind of a path's file system; 0 where it can't be told.
func fileSystemType(path string) int64 {
	var s syscall.Statfs_t
	if syscall.Statfs(path, &s) != nil {
		return 0
	}
	return int64(s.Type)
}
