// Command hello is a program to be built by a test.
package main

import "fmt"

func main() { fmt.Println("hello") }
