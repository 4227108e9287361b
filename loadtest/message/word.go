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

// tiers are the words of the raw files for the kinds of process.
var tiers = map[string]bool{"replica": true, "store": true, "balancer": true, "generator": true}

// Tier names a kind of process by its word in the raw files. Any other word is shown as it is.
func Tier(word string) Message {
	if !tiers[word] {
		return Text(word)
	}
	return New("tier." + word)
}
