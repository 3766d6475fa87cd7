{{- define "fascicle.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}

{{/* Labels of one part: (list . "rasa") */}}
{{- define "fascicle.selector" -}}
app.kubernetes.io/name: fascicle
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "fascicle.labels" -}}
{{ include "fascicle.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
{{- end -}}

{{- define "fascicle.image" -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}

{{/* What every pod has: nobody's rights, and no token of the cluster. */}}
{{- define "fascicle.pod" -}}
{{- $root := index . 0 }}
serviceAccountName: {{ include "fascicle.name" $root }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "fascicle.selector" $ | nindent 8 }}
{{- end }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "fascicle.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* Probes. The numbers are those of the watchdog and the start of the cluster; a path, and a port's name. */}}
{{- define "fascicle.probes" -}}
{{- $look := printf "httpGet: { path: %s, port: http, httpHeaders: [{ name: Host, value: localhost }] }" (index . 0) }}
startupProbe:
  {{ $look }}
  periodSeconds: 3
  failureThreshold: 60
  timeoutSeconds: 5
livenessProbe:
  {{ $look }}
  periodSeconds: 6
  failureThreshold: 3
  timeoutSeconds: 5
# Not whether all is well: with the database down, every server would be taken out, and who reports an emergency is answered still.
readinessProbe:
  {{ $look }}
  periodSeconds: 2
  failureThreshold: 2
  timeoutSeconds: 2
# Who passes people on hears that this server ends; until then it answers.
lifecycle:
  preStop: { exec: { command: [sleep, "5"] } }
{{- end -}}
