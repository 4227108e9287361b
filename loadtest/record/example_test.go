package record_test

import (
	"fmt"
	"os"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// A run is written line by line. It can be read again however it ended.
func Example() {
	results, err := os.MkdirTemp("", "authlab-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(results)
	text := "name: mine\nschemes: [token-hs256]\ndemand: {slice: 50ms, rounds: 1, launches: 1, connections: 4}\n"
	p, err := plan.Parse("mine.yaml", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	folder, err := record.NewFolder(results, p)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = folder.Slice(record.Slice{
		Cell: record.Cell{Kind: plan.DemandCell, Scheme: "token-hs256", Tier: "replica", Replicas: 1},
		Sent: 100, Verdicts: map[record.Verdict]uint64{record.OK: 100},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The program is killed here: no file is closed, and there is no list of checksums.
	run, err := record.Read(folder.Path())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(run.Slices), "slice of", run.Slices[0].Scheme)
	fmt.Println("finished:", run.Finished())
	fmt.Println(run.Damage[1])
	// Output:
	// 1 slice of token-hs256
	// finished: false
	// the run was killed before it could note the checksums of its files
}
