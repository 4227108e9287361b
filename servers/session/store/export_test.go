package store

// Traces is the number of void keys that still lead somewhere.
func (m *Memory) Traces() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.traces.of)
}
