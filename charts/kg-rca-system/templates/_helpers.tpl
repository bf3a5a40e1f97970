{{- define "kgrca.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- /* 52 characters: the StatefulSet's pods and revisions add up to 11. */ -}}
{{- define "kgrca.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "kgrca.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "kgrca.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "kgrca.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kgrca.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kgrca.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "kgrca.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "kgrca.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "kgrca.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "kgrca.image" -}}
{{- $registry := .Values.global.imageRegistry | default .Values.image.registry -}}
{{- $name := .Values.image.repository -}}
{{- if $registry -}}{{- $name = printf "%s/%s" (trimSuffix "/" $registry) $name -}}{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $name .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "kgrca.scheme" -}}{{ ternary "https" "http" .Values.tls.enabled }}{{- end -}}

{{- define "kgrca.url" -}}
{{ include "kgrca.scheme" . }}://{{ include "kgrca.fullname" . }}.{{ .Release.Namespace }}.svc:{{ .Values.service.port }}
{{- end -}}

{{- define "kgrca.hasBootstrapKey" -}}
{{- if or .Values.bootstrapKey.value .Values.bootstrapKey.existingSecret -}}true{{- end -}}
{{- end -}}

{{- define "kgrca.bootstrapSecret" -}}
{{- .Values.bootstrapKey.existingSecret | default (printf "%s-bootstrap" (include "kgrca.fullname" .)) -}}
{{- end -}}

{{- /* What the Kubernetes profile "restricted" asks of a container. */ -}}
{{- define "kgrca.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "kgrca.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- /* The settings file: the user's sections with those of the chart on top. */ -}}
{{- define "kgrca.settings" -}}
{{- $own := dict "storage" (dict "data_dir" "/data") -}}
{{- if .Values.tls.enabled -}}
{{- $_ := set $own "server" (dict "listen" "127.0.0.1:8080" "tls_listen" "0.0.0.0:8443" "tls_certificate" "/etc/kgrca/tls/tls.crt" "tls_key" "/etc/kgrca/tls/tls.key") -}}
{{- else -}}
{{- $_ := set $own "server" (dict "listen" "0.0.0.0:8080") -}}
{{- end -}}
{{- if include "kgrca.hasBootstrapKey" . -}}
{{- $_ := set $own "auth" (dict "bootstrap_key_file" (printf "/etc/kgrca/bootstrap/%s" .Values.bootstrapKey.secretKey)) -}}
{{- end -}}
{{- if .Values.dataFiles -}}
{{- $_ := set $own "config" (dict "dir" "/etc/kgrca/data") -}}
{{- end -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $own) -}}
{{- end -}}
