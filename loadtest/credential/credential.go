// Package credential signs users in over HTTP, as any client would, and keeps the cookie or token that each receives.
package credential

// Credential identifies one user to a server, and says what that user's answers look like.
type Credential struct {
	User string
	// Header and Value are the header line that carries it: Cookie (the session's and a sticky balancer's), Authorization,
	// or the control's Authlab-User.
	Header, Value string
	// Me is the exact body of GET /v1/me for this user.
	Me []byte
}
