package player

// At brings a player to a phase of a step without servers.
func At(p *Player, s State) { p.change(func(st *State) { s.Version, *st = st.Version, s }) }
