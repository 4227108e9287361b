package apitest

import (
	"fmt"
	"net/http"
)

type deviceList struct {
	Next     string `json:"next"`
	Sessions []struct {
		ID      string `json:"id"`
		Current bool   `json:"current"`
	} `json:"sessions"`
}

func (w *world) devices(c credential) (list deviceList, current string, err error) {
	got, err := w.want(http.StatusOK, 0, "GET", "/v1/sessions", c.header, nil)
	if err != nil {
		return list, "", err
	}
	if list, err = decoded[deviceList](got); err != nil {
		return list, "", err
	}
	for _, d := range list.Sessions {
		if d.Current {
			if current != "" {
				return list, "", fmt.Errorf("two devices are the current one")
			}
			current = d.ID
		}
	}
	if current == "" {
		return list, "", fmt.Errorf("none of %d devices is the current one", len(list.Sessions))
	}
	return list, current, nil
}

func devicesEnd(w *world) error {
	devices, err := w.five("load-000001")
	if err != nil {
		return err
	}
	stranger, err := w.login(0, "load-000002", nil)
	if err != nil {
		return err
	}
	list, _, err := w.devices(devices[0])
	if err != nil || len(list.Sessions) != 5 {
		return fmt.Errorf("five devices are listed as %d: %v", len(list.Sessions), err)
	}
	_, last, err := w.devices(devices[4])
	if err != nil {
		return err
	}
	path := "/v1/sessions/" + last
	if _, err := w.want(http.StatusNotFound, 0, "DELETE", path, stranger.header, nil); err != nil {
		return fmt.Errorf("another user's device: %w", err)
	}
	if devices[4], err = w.lives(devices[4]); err != nil {
		return fmt.Errorf("after another user tried to end it: %w", err)
	}
	if err := w.change(0, "DELETE", path, devices[0].header, nil); err != nil {
		return err
	}
	if _, err := w.want(http.StatusNotFound, 0, "DELETE", path, devices[0].header, nil); err != nil {
		return fmt.Errorf("ended again: %w", err)
	}
	for i := range 4 {
		if devices[i], err = w.lives(devices[i]); err != nil {
			return fmt.Errorf("device %d of those that stay: %w", i, err)
		}
	}
	return w.dead(devices[4])
}

func devicesUnknown(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	if _, err := w.want(http.StatusNotImplemented, 0, "DELETE", "/v1/sessions/x", c.header, nil); err != nil {
		return err
	}
	_, err = w.want(http.StatusNotImplemented, 0, "GET", "/v1/sessions", c.header, nil)
	return err
}

func passwordAsks(w *world) error {
	const name = "load-000001"
	c, err := w.login(0, name, nil)
	if err != nil {
		return err
	}
	body := map[string]string{"old": "wrong", "new": "a better password"}
	if _, err := w.want(http.StatusForbidden, 0, "PUT", "/v1/password", c.header, body); err != nil {
		return err
	}
	body = map[string]string{"old": w.password(name), "new": "short"}
	if _, err := w.want(http.StatusUnprocessableEntity, 0, "PUT", "/v1/password", c.header, body); err != nil {
		return err
	}
	if _, err := w.guessed(http.StatusOK, name, w.password(name)); err != nil {
		return fmt.Errorf("the password after two refused changes: %w", err)
	}
	body["new"] = "a better password"
	return w.change(0, "PUT", "/v1/password", c.header, body)
}

// demotionHolds makes a user an admin and takes it back.
func demotionHolds(w *world) error {
	const right = "/v1/admin/users"
	asUser, asAdmin := map[string]string{"role": "user"}, map[string]string{"role": "admin"}
	before, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	path := right + "/" + before.answer.User.ID + "/role"
	if err := w.asAdmin(before, "PUT", path, asAdmin); err != nil {
		return err
	}
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	if err := w.everywhere(http.StatusOK, "GET", right, c.header, nil); err != nil {
		return fmt.Errorf("a user who was made admin: %w", err)
	}
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	if err := w.change(0, "PUT", path, admin.header, asUser); err != nil {
		return err
	}
	// Every scheme asks the account for admin rights. A role in a credential may last as long as the guarantee.
	if err := w.everywhere(http.StatusForbidden, "GET", right, c.header, nil); err != nil {
		return fmt.Errorf("demoted: %w", err)
	}
	refused := func() error {
		for i := range w.urls {
			role, err := w.role(i, c)
			if err != nil {
				return err
			}
			if role != "user" && (role != "" || w.scheme.Within == 0) {
				return fmt.Errorf("%v after the demotion replica %d says that the role is %q", w.scheme.Within, i, role)
			}
		}
		return nil
	}
	if w.scheme.Within == 0 {
		return refused()
	}
	renewed, err := w.renew(c, 0)
	if err != nil {
		return err
	}
	if renewed.answer.User.Role != "user" {
		return fmt.Errorf("renewed after the demotion the role is %q", renewed.answer.User.Role)
	}
	// What the renewal replaced is without the right, or void.
	if err := w.pass(func() bool { return refused() == nil }); err != nil {
		return err
	}
	return refused()
}
