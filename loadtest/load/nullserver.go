package load

import (
	"bytes"
	"context"
	"fmt"
	"net"

	"authlab/loadtest/credential"
)

// nullBody is the null server's answer to every request: it is healthy, and it knows the caller.
func nullBody(replica string) []byte {
	return fmt.Appendf(nil, `{"id":1,"name":"nobody","role":"user","replica":%q}`+"\n", replica)
}

// NullCredential is the credential of the null server's only user. The server is a replica with that name, NONCE-INDEX.
func NullCredential(replica string) credential.Credential {
	return credential.Credential{User: "nobody", Header: "Authlab-User", Value: "1;nobody;user", Me: nullBody(replica)}
}

// ServeNull answers every request on l with the same bytes, without reading it, until ctx ends. The cost of a request
// is then the generator's and the kernel's. It closes l.
func ServeNull(ctx context.Context, l net.Listener, replica string) error {
	body := nullBody(replica)
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nX-Replica: %s\r\n"+
		"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", replica, len(body), body)
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go answerAll(conn, answer)
	}
}

// answerAll answers everything that ends in an empty line: requests without a body, one at a time.
func answerAll(conn net.Conn, answer []byte) {
	defer conn.Close()
	buf := make([]byte, 4<<10)
	for n := 0; n < len(buf); {
		read, err := conn.Read(buf[n:])
		if err != nil {
			return
		}
		if n += read; !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
			continue // the rest of the request has not arrived yet
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
		n = 0
	}
}
