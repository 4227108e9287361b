package model

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// near reports whether two figures differ by at most the given share.
func near(got, want, share float64) bool {
	return got == want || math.Abs(got-want) <= share*math.Max(math.Abs(got), math.Abs(want))
}

// anyNetwork draws a network with or without a store, a balancer and a delay.
func anyNetwork(t *rapid.T) Network {
	maybe := func(name string, least, most float64) float64 {
		if !rapid.Bool().Draw(t, name+" is there") {
			return 0
		}
		return rapid.Float64Range(least, most).Draw(t, name)
	}
	cores := func(name string) float64 { return rapid.Float64Range(0.05, 4).Draw(t, name+" cores") }
	return Network{
		Replicas:    rapid.IntRange(1, 12).Draw(t, "replicas"),
		Connections: rapid.IntRange(1, 60).Draw(t, "connections"),
		Replica:     Tier{rapid.Float64Range(20e-6, 200e-6).Draw(t, "replica"), cores("replica")},
		Store:       Tier{maybe("store", 1e-6, 50e-6), cores("store")},
		Balancer:    Tier{maybe("balancer", 1e-6, 50e-6), cores("balancer")},
		Delay:       maybe("delay", 1e-6, 1e-2),
	}
}

// solved returns the Throughput of a valid network.
func solved(t interface{ Fatal(...any) }, n Network) Solution {
	s, err := n.Throughput()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func bounded(t interface{ Fatal(...any) }, n Network) Bounds {
	b, err := n.Bounds()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestInvalidNetworksAreRefused(t *testing.T) {
	good := Network{Replicas: 1, Connections: 1, Replica: Tier{1, 1}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(*Network)
		why   string
	}{
		"no replicas":            {func(n *Network) { n.Replicas = 0 }, "0 replicas"},
		"no connections":         {func(n *Network) { n.Connections = 0 }, "0 connections"},
		"replicas do nothing":    {func(n *Network) { n.Replica.Demand = 0 }, "no limit"},
		"negative demand":        {func(n *Network) { n.Store.Demand = -1 }, "the store's demand"},
		"demand is not a number": {func(n *Network) { n.Balancer.Demand = math.NaN() }, "the balancer's demand"},
		"endless demand":         {func(n *Network) { n.Replica.Demand = math.Inf(1) }, "the replica's demand"},
		"a tier without cores":   {func(n *Network) { n.Store.Demand = 1 }, "the store's budget"},
		"endless cores":          {func(n *Network) { n.Replica.Cores = math.Inf(1) }, "the replica's budget"},
		"negative delay":         {func(n *Network) { n.Delay = -1 }, "delay"},
	} {
		n := good
		c.spoil(&n)
		_, err := n.Throughput()
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := n.Bounds(); err == nil {
			t.Errorf("%s has bounds", name)
		}
	}
}
