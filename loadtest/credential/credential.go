// Package credential signs users in over HTTP, as any client would, and keeps what each was given: a cookie or a token.
package credential

// Credential is what proves one user to a server, and how that user's answers look.
type Credential struct {
	User string
	// Header and Value are the header line that carries it: Cookie (the session's and a sticky balancer's),
	// Authorization, or the control's Authlab-User.
	Header, Value string
	// Me is the body of GET /v1/me for this user, to the byte.
	Me []byte
}
