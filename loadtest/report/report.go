// Package report writes an analysis for people (report.html, report.md) and for programs (report.json,
// measurements.csv). It adds nothing: the same analysis gives the same bytes.
package report

import (
	"fmt"
	"os"
	"path/filepath"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Write writes the four files into a run's folder.
func Write(dir string, a *analysis.Analysis) error {
	d := build(a).Visible()
	html, err := d.HTML()
	if err != nil {
		return err
	}
	data, err := encode(a)
	if err != nil {
		return err
	}
	table, err := measurements(a)
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"report.html": html, "report.md": d.Markdown(), "report.json": data, "measurements.csv": table,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("cannot write the report: %w", err)
		}
	}
	return nil
}

// MainTable is the report's summary in Markdown: a line for each scheme, with throughput and cost.
func MainTable(a *analysis.Analysis) string { return summary(a).Markdown() }

func build(a *analysis.Analysis) page.Document {
	d, j := heading(a)
	d.Sections = sections(a, j)
	return d
}

// heading is all of a report above its sections, and how right the model was.
func heading(a *analysis.Analysis) (page.Document, model.Judgement) {
	j, err := model.Judge(a)
	d := page.Document{
		Title:    "Sessions or tokens? " + a.Run.ID,
		Question: a.Run.Plan.Question,
		Answer:   append(answer(a), modelAnswer(j)...),
	}
	if !a.Void.IsZero() {
		d.Warnings = append(d.Warnings,
			"VOID: an answer reached the wrong user, so no figure of this run may be used. "+a.Void.String())
	}
	if !a.Partial.IsZero() {
		d.Warnings = append(d.Warnings, "PARTIAL: this run did not come to its end ("+a.Partial.String()+"). What follows "+
			"is what was measured until then. A run is not resumed: the last section says how to repeat it.")
	}
	d.Warnings = append(d.Warnings, message.Texts(a.Run.Damage)...)
	if err != nil {
		d.Warnings = append(d.Warnings, err.Error())
	}
	d.Notices = notices(a)
	return d, j
}

func sections(a *analysis.Analysis, j model.Judgement) (all []page.Section) {
	if a.Run.Plan.Target != nil {
		return append(targetSections(a), rowsSection(a), missingSection(a), targetMethod(a), environmentSection(a),
			repeatSection(a))
	}
	if sliced(a.Run.Plan) {
		all = append(all, summarySection(a), scalingSection(a, j))
		all = append(all, modelSection(a, j)...)
		all = append(all, storeSizeSection(a, j)...)
		all = append(all, skewSection(a)...)
		all = append(all, costSection(a))
		all = append(all, peerSection(a)...)
		all = append(all, ladderSection(a)...)
		all = append(all, latencySection(a))
		all = append(all, distanceSection(a)...)
		all = append(all, capacitySection(a)...)
	}
	for _, found := range a.Experiments {
		all = append(all, checked(found, a, j))
	}
	if sliced(a.Run.Plan) {
		all = append(all, saturationSection(a))
	}
	return append(all, rowsSection(a), missingSection(a), methodSection(a), environmentSection(a), repeatSection(a))
}

// sliced reports whether a plan asks for load in slices. What a plan asks for without slices has a section of its own.
func sliced(p *plan.Plan) bool {
	return p.Demand != nil || p.Ladder != nil || p.Tiers != nil || p.Scaling != nil || p.Latency != nil ||
		p.Capacity != nil || p.Target != nil
}
