// Package report writes an analysis for people (report.html, report.md) in a language, and for programs (report.json,
// figures.csv, measurements.csv). It adds nothing: the same analysis in the same language gives the same bytes.
package report

import (
	"fmt"
	"os"
	"path/filepath"

	"authlab/loadtest/analysis"
	"authlab/loadtest/belief"
	"authlab/loadtest/choice"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Write writes the files of a report into a run's folder. Those for people are in the given language.
func Write(dir string, a *analysis.Analysis, l message.Language) error {
	values := dataOf(a)
	d, err := withData(a, values)
	if err != nil {
		return err
	}
	html, err := d.HTML(l)
	if err != nil {
		return err
	}
	slices, err := measurements(a)
	if err != nil {
		return err
	}
	all, err := figures(values)
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"report.html": html, "report.md": d.Markdown(l), "report.json": d.Live.Data, "figures.csv": all,
		"measurements.csv": slices,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return fmt.Errorf("cannot write the report: %w", err)
		}
	}
	return nil
}

// MainTable is the report's summary in Markdown: a line for each scheme, with throughput and cost.
func MainTable(a *analysis.Analysis) string { return summary(a).Markdown(message.English) }

// withData is the report with the data that its page computes with.
func withData(a *analysis.Analysis, values Data) (page.Document, error) {
	d := build(a)
	data, err := encode(values)
	d.Live = page.Live{Data: data, Words: scriptWords, Names: map[string]message.Message{}}
	for _, s := range values.Schemes {
		for _, text := range s.Caveats {
			d.Live.Names[text] = message.Text(text)
		}
	}
	if values.Comparable != nil {
		for _, f := range values.Comparable.Figures {
			d.Live.Names[f.Key] = f.Figure.Message
		}
	}
	return d, err
}

func build(a *analysis.Analysis) page.Document {
	d, j := front(a)
	d.Sections = read(a, sections(a, j))
	return d
}

// front is all of a report above its sections, and how right the model was.
func front(a *analysis.Analysis) (page.Document, model.Judgement) {
	j, err := model.Judge(a)
	d := page.Document{
		Title: message.New("report.title", "run", a.Run.ID), Name: message.New("front.name"),
		Question: message.Text(a.Run.Plan.Question), Facts: facts(a), Badges: badges(a),
		Verdicts: verdicts(a), Advice: advice(a), Notices: notices(a),
	}
	if err != nil {
		d.Badges = append(d.Badges, page.Badge{State: page.Damaged, Why: figure(err.Error())})
	}
	if a.Void.IsZero() {
		d.Charts = append(shareChart(a, j), endChart(a)...)
	}
	return d, j
}

func sections(a *analysis.Analysis, j model.Judgement) (all []page.Section) {
	whole := answerSection(append(answer(a), modelAnswer(j)...))
	if a.Run.Plan.Target != nil {
		all = append(targetSections(a), readingSection(), whole, rowsSection(a), missingSection(a), targetMethod(a))
		return append(all, closing(a)...)
	}
	if sliced(a.Run.Plan) {
		all = append(all, summarySection(a), readingSection(), whichSection(choice.Of(a, j), faults(a)),
			belief.Section(belief.Judge(a)), whole)
		all = append(all, loadSections(a, j)...)
	} else {
		all = append(all, whole, readingSection())
	}
	for _, found := range a.Experiments {
		all = append(all, checked(found, a, j))
	}
	if sliced(a.Run.Plan) {
		all = append(all, saturationSection(a))
	}
	all = append(all, rowsSection(a), missingSection(a), methodSection(a))
	return append(all, closing(a)...)
}

// loadSections are what was found by load.
func loadSections(a *analysis.Analysis, j model.Judgement) []page.Section {
	all := []page.Section{scalingSection(a, j)}
	all = append(all, modelSection(a, j)...)
	all = append(all, storeSizeSection(a, j)...)
	all = append(all, skewSection(a)...)
	all = append(all, costSection(a))
	all = append(all, peerSection(a)...)
	all = append(all, ladderSection(a)...)
	all = append(all, latencySection(a))
	all = append(all, distanceSection(a)...)
	return append(all, capacitySection(a)...)
}

// closing is what every report ends with.
func closing(a *analysis.Analysis) []page.Section {
	return []page.Section{
		limitsSection(a), environmentSection(a), citeSection(a), comparisonSection(),
		repeatSection(a),
	}
}

// sliced reports whether a plan asks for load in slices. What a plan asks for without slices has a section of its own.
func sliced(p *plan.Plan) bool {
	return p.Demand != nil || p.Ladder != nil || p.Tiers != nil || p.Scaling != nil || p.Latency != nil ||
		p.Capacity != nil || p.Target != nil
}
