package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// pageChecks cover lists that may be long.
var pageChecks = []check{
	{"R06 a long list of devices comes in pages", func(s Scheme) bool { return s.Lists }, devicesInPages},
}

// devicesInPages: each device is on exactly one page, in one order, whatever ends meanwhile, and an answer is limited
// by default.
func devicesInPages(w *world) error {
	const logins, size = 110, 25
	var mine http.Header
	for i := range logins {
		c, err := w.login(i%len(w.urls), "load-000051", nil)
		if err != nil {
			return err
		}
		mine = c.header
	}
	unasked, err := w.page(mine, 0, "")
	if err != nil || len(unasked.Sessions) != 100 || unasked.Next == "" {
		return fmt.Errorf("of %d devices %d are listed by default, next %q: %v", logins, len(unasked.Sessions), unasked.Next,
			err)
	}
	whole, err := w.page(mine, 0, "limit=1000")
	if err != nil || len(whole.Sessions) < logins || whole.Next != "" {
		return fmt.Errorf("of %d devices %d are on one page, next %q: %v", logins, len(whole.Sessions), whole.Next, err)
	}
	var found deviceList
	for pages := 0; pages == 0 || found.Next != ""; pages++ {
		list, err := w.page(mine, pages%len(w.urls), fmt.Sprintf("limit=%d&after=%s", size, url.QueryEscape(found.Next)))
		if err != nil || len(list.Sessions) == 0 || len(list.Sessions) > size ||
			len(list.Sessions) < size && list.Next != "" {
			return fmt.Errorf("page %d has %d devices, next %q: %v", pages, len(list.Sessions), list.Next, err)
		}
		found.Sessions, found.Next = append(found.Sessions, list.Sessions...), list.Next
		if last := list.Sessions[len(list.Sessions)-1]; pages == 1 && !last.Current { // the next page begins after its place
			if err := w.change(0, "DELETE", "/v1/sessions/"+last.ID, mine, nil); err != nil {
				return err
			}
		}
	}
	if !slices.Equal(found.Sessions, whole.Sessions) {
		return fmt.Errorf("the pages have %d devices, and are not the one page of %d", len(found.Sessions),
			len(whole.Sessions))
	}
	var errs []error
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "after=x", "after=.", "after=9e9.x"} {
		_, err := w.want(http.StatusBadRequest, 0, "GET", "/v1/sessions?"+query, mine, nil)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// page is a list of devices as returned for a query.
func (w *world) page(header http.Header, replica int, query string) (list deviceList, err error) {
	got, err := w.want(http.StatusOK, replica, "GET", "/v1/sessions?"+query, header, nil)
	if err != nil {
		return list, err
	}
	return decoded[deviceList](got)
}
