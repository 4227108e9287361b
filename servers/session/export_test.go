package session

// SealingKeyOfTests is a good one.
const SealingKeyOfTests = sealingKey
