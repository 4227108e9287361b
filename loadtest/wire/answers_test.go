package wire

import "strings"

// scripted is an answer and its expected effect.
type scripted struct {
	name, text string
	head       bool // it answers a HEAD request
	close      bool // the server closes after it
	status     int
	body       string
	gone       bool   // the connection is not reused
	extra      bool   // because of bytes that no request asked for
	err        string // the word of the error; the fields above are then ignored
}

var long = strings.Repeat("x", 100_000)

// answers are all kinds of answers, and the seeds of the fuzz test.
var answers = []scripted{
	{name: "length", text: fine + "Content-Length: 5\r\n\r\nhello", status: 200, body: "hello"},
	{name: "no reason phrase", text: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", status: 200},
	{name: "header case and space", text: "HTTP/1.1 401 No\r\ncOnTeNt-LeNgTh:  2 \r\n\r\nno", status: 401, body: "no"},
	{name: "headers that are used", text: fine + "Set-Cookie: a=1; Path=/\r\nX-Replica: a-1\r\nx-replica: b-2\r\n" +
		"set-cookie:b=2 \r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x"},
	{name: "longer than the buffer", text: fine + "Content-Length: 100000\r\n\r\n" + long, status: 200, body: long},
	{name: "chunked", text: chunks + "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n\r\n", status: 200, body: "abcde"},
	{name: "trailers", text: chunks + "3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n", status: 200, body: "abc"},
	{name: "until close", text: fine + "\r\nall", close: true, status: 200, body: "all", gone: true},
	{
		name: "the server wants to close", text: fine + "Connection: x-own, Close\r\nContent-Length: 1\r\n\r\nc", status: 200,
		body: "c", gone: true,
	},
	{
		name: "a word that folds to close", text: fine + "Connection: clo\u017fe\r\nContent-Length: 1\r\n\r\nc", status: 200,
		body: "c",
	},
	{name: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", status: 200, body: "x", gone: true},
	{
		name: "HTTP/1.0 that would stay", text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
		status: 200, body: "x", gone: true,
	},
	{name: "no content", text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204},
	{name: "no content, with a length", text: "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", status: 204},
	{name: "not modified", text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", status: 304},
	{
		name: "not modified, in chunks", text: "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
		status: 304,
	},
	{name: "head", head: true, text: fine + "Content-Length: 5\r\n\r\n", status: 200},
	{name: "head, in chunks", head: true, text: chunks, status: 200},
	{name: "head, no length", head: true, text: fine + "\r\n", status: 200},
	{
		name: "continue", text: "HTTP/1.1 100 Continue\r\n\r\n" + fine + "Content-Length: 1\r\n\r\ny", status: 200,
		body: "y",
	},
	{
		name: "early hints",
		text: "HTTP/1.1 103 Early\r\nLink: x\r\nContent-Length: 3\r\n\r\n" + fine + "Content-Length: 1\r\n\r\ny", status: 200,
		body: "y",
	},
	{
		name: "another answer behind it", text: fine + "Content-Length: 1\r\n\r\na" + fine + "Content-Length: 1\r\n\r\nz",
		status: 200, body: "a", gone: true, extra: true,
	},
	{
		name: "a length too short", text: fine + "Content-Length: 3\r\n\r\nhello", status: 200, body: "hel", gone: true,
		extra: true,
	},
	{name: "a body where none is", text: "HTTP/1.1 204 No Content\r\n\r\nhello", status: 204, gone: true, extra: true},
	{
		name: "bytes behind the chunks", text: chunks + "1\r\nx\r\n0\r\n\r\n\r\n", status: 200, body: "x", gone: true,
		extra: true,
	},
	{name: "another protocol", text: "HTTP/1.1 101 Switching\r\n\r\n", err: "protocol"},
	{name: "not HTTP", text: "SSH-2.0-OpenSSH\r\n\r\n", err: "protocol"},
	{name: "bad length", text: fine + "Content-Length: -1\r\n\r\n", err: "protocol"},
	{name: "signed length", text: fine + "Content-Length: +1\r\n\r\nx", err: "protocol"},
	{name: "huge length", text: fine + "Content-Length: 99999999\r\n\r\n", err: "protocol"},
	{name: "length in words", text: fine + "Content-Length: five\r\n\r\nhello", err: "protocol"},
	{
		name: "both framings", text: fine + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		err: "protocol",
	},
	{
		name: "both framings, chunks first", text: chunks[:len(chunks)-2] + "Content-Length: 1\r\n\r\n0\r\n\r\n",
		err: "protocol",
	},
	{name: "two lengths", text: fine + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", err: "protocol"},
	{name: "two lengths that differ", text: fine + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", err: "protocol"},
	{name: "two lengths in a line", text: fine + "Content-Length: 1, 1\r\n\r\nx", err: "protocol"},
	{name: "empty length", text: fine + "Content-Length:\r\n\r\n", err: "protocol"},
	{name: "folded header", text: fine + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", err: "protocol"},
	{name: "folded header of no importance", text: fine + "A: b\r\n\tc\r\nContent-Length: 0\r\n\r\n", err: "protocol"},
	{name: "space before the colon", text: fine + "Content-Length : 1\r\n\r\nx", err: "protocol"},
	{name: "bare line feed", text: "HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\nx", err: "protocol"},
	{name: "bare line feeds only", text: "HTTP/1.1 200 OK\nContent-Length: 1\n\nx", err: "protocol"},
	{
		name: "chunks before their time", text: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		err: "protocol",
	},
	{name: "another encoding", text: fine + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", err: "protocol"},
	{
		name: "an encoding that folds to chunked", text: fine + "Transfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n",
		err: "protocol",
	},
	{name: "version of tomorrow", text: "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", err: "protocol"},
	{name: "only interim answers", text: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 6), err: "protocol"},
	{
		name: "more line than chunk", text: chunks + "1;" + strings.Repeat("x", 5_000) + "\r\ny\r\n0\r\n\r\n",
		err: "protocol",
	},
	{
		name: "more chunks than body",
		text: chunks + strings.Repeat("1;"+strings.Repeat("x", 3_000)+"\r\ny\r\n", 8) + "0\r\n\r\n", err: "protocol",
	},
	{name: "endless body", text: fine + "\r\n" + strings.Repeat(long, 11), close: true, err: "protocol"},
	{name: "bad chunk", text: chunks + "xyz\r\n", err: "protocol"},
	{name: "a chunk longer than it says", text: chunks + "1\r\nxy\r\n0\r\n\r\n", err: "protocol"},
	{name: "space behind a chunk's size", text: chunks + "1 ;a\r\nx\r\n0\r\n\r\n", err: "protocol"},
	{name: "a carriage return in a chunk's line", text: chunks + "1;a\rb\r\nx\r\n0\r\n\r\n", err: "protocol"},
	{name: "zeros before a chunk's size", text: chunks + strings.Repeat("0", 20) + "1\r\nx\r\n0\r\n\r\n", err: "protocol"},
	{name: "a trailer that is none", text: chunks + "0\r\nno header\r\n\r\n", err: "protocol"},
	{name: "endless trailers", text: chunks + "0\r\n" + strings.Repeat("A: b\r\n", 1000) + "\r\n", err: "protocol"},
	{name: "endless headers", text: fine + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 100), err: "protocol"},
	{name: "cut in the head", text: fine + "Conte", close: true, err: "closed"},
	{name: "cut in the body", text: fine + "Content-Length: 5\r\n\r\nhel", close: true, err: "closed"},
	{name: "cut in a chunk", text: chunks + "5\r\nhel", close: true, err: "closed"},
	{name: "cut in the trailers", text: chunks + "0\r\nA: b\r\n", close: true, err: "closed"},
	{name: "nothing at all", close: true, err: "closed"},
}

// request is the request that it answers.
func (s scripted) request() []byte {
	if s.head {
		return []byte("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
	}
	return []byte(get)
}
