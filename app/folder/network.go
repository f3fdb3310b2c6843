package folder

// networkFileSystem names the network file system that a folder lies on, "" where it lies on none or that can't be told.
// SQLite's write-ahead log is shared memory between processes, which no network carries from one machine to another, and
// locks on such a file system hold by the server's grace. It is told rather than refused: with one machine and one server
// it mostly goes well, and a name can be wrong.
func networkFileSystem(path string) string { return networkName(fileSystemType(path)) }

// networkName knows the kinds of Linux' statfs.
func networkName(kind int64) string {
	return map[int64]string{
		0x6969:     "NFS",
		0x517b:     "SMB",
		0xfe534d42: "SMB",
		0xff534d42: "CIFS",
		0x5346414f: "AFS",
		0x6b414653: "AFS",
		0x73757245: "Coda",
		0x00c36400: "Ceph",
		0x01021997: "9P",
		0x013111a8: "IBRIX",
		0x0bd00bd0: "Lustre",
		0x20030528: "OrangeFS",
		0x47504653: "GPFS",
		0x7461636f: "OCFS2",
		0x01161970: "GFS2",
	}[kind&0xffffffff]
}
