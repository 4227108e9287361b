package lesson

import "slices"

// Plan is a choice of scenes for a class that has so much time. The zero Plan has all scenes.
type Plan struct {
	Minutes int
	Scenes  []string // their names, in the order of the lesson
}

// Plans are the shorter lessons that a teacher may choose. Each leaves ten minutes or more: to say what the two sides
// are and let phones join, and for the card at the end.
var Plans = []Plan{
	{45, []string{"login", "second-replica", "redis", "logout", "store-stops"}},
	{90, []string{
		"login", "forgery", "second-replica", "redis", "logout", "revocation", "demotion", "store-stops", "keeping",
	}},
}

// Has reports whether a scene is in the plan.
func (p Plan) Has(scene string) bool { return p.Minutes == 0 || slices.Contains(p.Scenes, scene) }

// PlanOf is the plan for a lesson of these minutes; 0 is all scenes. Ok is false where there is none.
func PlanOf(minutes int) (p Plan, ok bool) {
	for _, p := range append([]Plan{{}}, Plans...) {
		if p.Minutes == minutes {
			return p, true
		}
	}
	return p, false
}

// From are the scenes of the plan from one on, which is the first of them also where the plan lacks it.
func (p Plan) From(scene string) (scenes []Scene) {
	for _, s := range Scenes {
		if s.Name == scene || len(scenes) > 0 && p.Has(s.Name) {
			scenes = append(scenes, s)
		}
	}
	return scenes
}
