package main

import (
	"fmt"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
)

type manifests struct {
	count      int
	configMaps map[string]bool
	secrets    map[string]bool
	accounts   map[string]*core.ServiceAccount
	services   map[string]*core.Service
	sets       []*apps.StatefulSet
	pods       []*core.Pod
	policies   []*networking.NetworkPolicy
	budgets    []*policy.PodDisruptionBudget
	ingresses  []*networking.Ingress
	monitors   []*serviceMonitor
	rules      []*prometheusRule
}

func (m *manifests) add(object any) {
	if m.count == 0 {
		m.configMaps, m.secrets = map[string]bool{}, map[string]bool{}
		m.accounts, m.services = map[string]*core.ServiceAccount{}, map[string]*core.Service{}
	}
	m.count++
	switch o := object.(type) {
	case *core.ConfigMap:
		m.configMaps[o.Name] = true
	case *core.Secret:
		m.secrets[o.Name] = true
	case *core.ServiceAccount:
		m.accounts[o.Name] = o
	case *core.Service:
		m.services[o.Name] = o
	case *apps.StatefulSet:
		m.sets = append(m.sets, o)
	case *core.Pod:
		m.pods = append(m.pods, o)
	case *networking.NetworkPolicy:
		m.policies = append(m.policies, o)
	case *policy.PodDisruptionBudget:
		m.budgets = append(m.budgets, o)
	case *networking.Ingress:
		m.ingresses = append(m.ingresses, o)
	case *serviceMonitor:
		m.monitors = append(m.monitors, o)
	case *prometheusRule:
		m.rules = append(m.rules, o)
	}
}

func (m *manifests) check() []error {
	var failures []error
	fail := func(format string, values ...any) { failures = append(failures, fmt.Errorf(format, values...)) }
	if len(m.sets) != 1 {
		fail("%d StatefulSets, expected 1", len(m.sets))
		return failures
	}
	set := m.sets[0]
	m.checkSet(set, fail)
	checkPod("StatefulSet/"+set.Name, set.Spec.Template.Spec, fail)
	for _, pod := range m.pods {
		checkPod("Pod/"+pod.Name, pod.Spec, fail)
	}
	for name, account := range m.accounts {
		if account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
			fail("ServiceAccount/%s: automountServiceAccountToken must be false", name)
		}
	}
	m.checkServices(set, fail)
	m.checkSelectors(set, fail)
	m.checkPrometheus(fail)
	return failures
}

func selects(selector, labels map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return len(selector) > 0
}

func (m *manifests) checkSet(set *apps.StatefulSet, fail func(string, ...any)) {
	spec := set.Spec.Template.Spec
	if m.services[set.Spec.ServiceName] == nil {
		fail("StatefulSet/%s: its service %s is not rendered", set.Name, set.Spec.ServiceName)
	}
	if !selects(set.Spec.Selector.MatchLabels, set.Spec.Template.Labels) {
		fail("StatefulSet/%s: the selector does not match the pod's labels", set.Name)
	}
	if spec.TerminationGracePeriodSeconds == nil || *spec.TerminationGracePeriodSeconds < 30 {
		fail("StatefulSet/%s: terminationGracePeriodSeconds is under 30", set.Name)
	}
	volumes := map[string]bool{}
	for _, claim := range set.Spec.VolumeClaimTemplates {
		volumes[claim.Name] = true
	}
	for _, volume := range spec.Volumes {
		if volumes[volume.Name] {
			fail("StatefulSet/%s: volume %s is there twice", set.Name, volume.Name)
		}
		volumes[volume.Name] = true
		if volume.ConfigMap != nil && !m.configMaps[volume.ConfigMap.Name] {
			fail("StatefulSet/%s: ConfigMap %s is not rendered", set.Name, volume.ConfigMap.Name)
		}
	}
	for _, mount := range spec.Containers[0].VolumeMounts {
		if !volumes[mount.Name] {
			fail("StatefulSet/%s: mount %s has no volume", set.Name, mount.Name)
		}
		delete(volumes, mount.Name)
	}
	for name := range volumes {
		fail("StatefulSet/%s: volume %s is not mounted", set.Name, name)
	}
	if set.Spec.Template.Annotations["checksum/config"] == "" {
		fail("StatefulSet/%s: no checksum/config annotation", set.Name)
	}
	container := spec.Containers[0]
	if container.StartupProbe == nil || container.LivenessProbe == nil || container.ReadinessProbe == nil {
		fail("StatefulSet/%s: startup, liveness and readiness probes are needed", set.Name)
	}
}

// What the Pod Security Standard "restricted" asks, and what we ask beyond it.
func checkPod(name string, spec core.PodSpec, fail func(string, ...any)) {
	pod := spec.SecurityContext
	if pod == nil || pod.RunAsNonRoot == nil || !*pod.RunAsNonRoot || pod.RunAsUser == nil || *pod.RunAsUser == 0 {
		fail("%s: must run as a numeric non-root user", name)
	}
	if pod == nil || pod.SeccompProfile == nil || pod.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		fail("%s: seccompProfile must be RuntimeDefault", name)
	}
	if spec.AutomountServiceAccountToken == nil || *spec.AutomountServiceAccountToken {
		fail("%s: automountServiceAccountToken must be false", name)
	}
	for _, container := range spec.Containers {
		checkContainer(name+"/"+container.Name, container, fail)
	}
}

func checkContainer(name string, container core.Container, fail func(string, ...any)) {
	context := container.SecurityContext
	if context == nil {
		fail("%s: no securityContext", name)
		return
	}
	if context.AllowPrivilegeEscalation == nil || *context.AllowPrivilegeEscalation {
		fail("%s: allowPrivilegeEscalation must be false", name)
	}
	if context.ReadOnlyRootFilesystem == nil || !*context.ReadOnlyRootFilesystem {
		fail("%s: readOnlyRootFilesystem must be true", name)
	}
	if context.Capabilities == nil || len(context.Capabilities.Drop) != 1 || context.Capabilities.Drop[0] != "ALL" {
		fail("%s: must drop ALL capabilities", name)
	}
	if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Memory().IsZero() {
		fail("%s: needs a memory request and limit", name)
	}
}

func (m *manifests) checkServices(set *apps.StatefulSet, fail func(string, ...any)) {
	ports := map[string]bool{}
	for _, port := range set.Spec.Template.Spec.Containers[0].Ports {
		ports[port.Name] = true
	}
	for name, service := range m.services {
		if !selects(service.Spec.Selector, set.Spec.Template.Labels) {
			fail("Service/%s: selects no pod", name)
		}
		for _, port := range service.Spec.Ports {
			if !ports[port.TargetPort.StrVal] {
				fail("Service/%s: targetPort %s is no port of the container", name, port.TargetPort.String())
			}
		}
	}
	for _, ingress := range m.ingresses {
		for _, rule := range ingress.Spec.Rules {
			for _, path := range rule.HTTP.Paths {
				if m.services[path.Backend.Service.Name] == nil {
					fail("Ingress/%s: service %s is not rendered", ingress.Name, path.Backend.Service.Name)
				}
			}
		}
	}
}

func (m *manifests) checkSelectors(set *apps.StatefulSet, fail func(string, ...any)) {
	labels := set.Spec.Template.Labels
	for _, rule := range m.policies {
		if !selects(rule.Spec.PodSelector.MatchLabels, labels) {
			fail("NetworkPolicy/%s: selects no pod", rule.Name)
		}
		if len(rule.Spec.PolicyTypes) != 2 {
			fail("NetworkPolicy/%s: must restrict both directions", rule.Name)
		}
	}
	for _, budget := range m.budgets {
		if budget.Spec.Selector == nil || !selects(budget.Spec.Selector.MatchLabels, labels) {
			fail("PodDisruptionBudget/%s: selects no pod", budget.Name)
		}
	}
	for _, pod := range m.pods {
		for _, service := range m.services {
			if selects(service.Spec.Selector, pod.Labels) {
				fail("Pod/%s: service %s would send it traffic", pod.Name, service.Name)
			}
		}
	}
}

func (m *manifests) checkPrometheus(fail func(string, ...any)) {
	for _, monitor := range m.monitors {
		scraped := 0
		for _, service := range m.services {
			if !selects(monitor.Spec.Selector.MatchLabels, service.Labels) {
				continue
			}
			for _, port := range service.Spec.Ports {
				if port.Name == monitor.Spec.Endpoints[0].Port {
					scraped++
				}
			}
		}
		if scraped != 1 {
			fail("ServiceMonitor/%s: scrapes %d service ports, expected 1", monitor.Name, scraped)
		}
	}
	for _, rule := range m.rules {
		for _, group := range rule.Spec.Groups {
			for _, alert := range group.Rules {
				if alert.Alert == "" || alert.Expr == "" || alert.Labels["severity"] == "" || alert.Annotations["runbook"] == "" {
					fail("PrometheusRule/%s: alert %q lacks expr, severity or runbook", rule.Name, alert.Alert)
				}
			}
		}
	}
}
