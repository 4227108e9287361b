//go:build docker

package docker

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestImagesAreThoseOfTheDeployment compares the names with docker-compose.yml.
func TestImagesAreThoseOfTheDeployment(t *testing.T) {
	text, err := os.ReadFile("../../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(string(text)) {
		if image, ok := strings.CutPrefix(strings.TrimSpace(line), "image: "); ok {
			named = append(named, image)
		}
	}
	for _, image := range []string{ownImage, redisImage, haproxyImage, postgresImage} {
		if !slices.Contains(named, image) {
			t.Errorf("docker-compose.yml has no image %s: %v", image, named)
		}
	}
}

// TestContainersNeedTheirImages: the refusal is one sentence that says what to do.
func TestContainersNeedTheirImages(t *testing.T) {
	err := command("docker").has(t.Context(), fmt.Sprintf("no-such-image:%d", os.Getpid()))
	if err == nil || !strings.Contains(err.Error(), ": run docker-compose build (") {
		t.Errorf("an image that is not there: %v", err)
	}
}
