package message

// lacks are the words of package wire for what a process or a machine may run out of when it makes a connection.
var lacks = map[string]bool{"descriptors": true, "ports": true, "memory": true}

// Lack says what this process or machine had none left of, by its word; nothing where the word names no lack.
func Lack(word string) Message {
	if !lacks[word] {
		return Message{}
	}
	return New("lack." + word)
}
