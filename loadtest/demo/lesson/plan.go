package lesson

import "slices"

// Plan is a choice of scenes for a class that has so much time.
type Plan struct {
	Minutes int
	Scenes  []string // their names, in the order of the lesson
}

// Plans are the lessons that the teacher's notes and the sheet for students know. Each leaves ten minutes or more: to
// say what the two sides are and let phones join, and for the card at the end.
var Plans = []Plan{
	{45, []string{"login", "second-replica", "redis", "logout", "store-stops"}},
	{90, []string{
		"login", "forgery", "second-replica", "redis", "logout", "revocation", "demotion", "store-stops", "keeping",
	}},
}

// Has reports whether a scene is in the plan.
func (p Plan) Has(scene string) bool { return slices.Contains(p.Scenes, scene) }
