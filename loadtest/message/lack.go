package message

// lacks are what a process or a machine may run out of when it makes a connection, by the word of package wire.
var lacks = map[string]string{
	"descriptors": "no file descriptor was left to this process: raise its limit (ulimit -n), or ask for fewer connections",
	"ports":       "no port was left to this machine to connect from: ask for less, or widen net.ipv4.ip_local_port_range",
	"memory":      "no memory was left to this machine for a connection: ask for fewer",
}

// Lack says what this process or machine had none left of, by its word; "" where the word names no lack.
func Lack(word string) string { return lacks[word] }
