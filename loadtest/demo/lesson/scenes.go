package lesson

import "authlab/loadtest/demo/stand"

// Scenes are the lesson, in its order.
var Scenes = []Scene{
	enter, forgery, memory, sticky, redis, leave, revocation, demotion, storeStops, near, keeping, rotation,
	keys, race,
}

// The columns that most scenes have.
var (
	sessionsInRedis = Column{"session-redis", stand.Setting{Scheme: "session-redis", Replicas: 2}}
	tokens          = Column{"token-hs256", stand.Setting{Scheme: "token-hs256", Replicas: 2}}
)
