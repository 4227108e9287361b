package message

// lacks are package wire's words for what a process or machine may run out of when it makes a connection.
var lacks = map[string]bool{"descriptors": true, "ports": true, "memory": true}

// Lack says what this process or machine ran out of, by its word; it says nothing for any other word.
func Lack(word string) Message {
	if !lacks[word] {
		return Message{}
	}
	return New("lack." + word)
}
