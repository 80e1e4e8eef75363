{{- /*
The name of a process in this release: (dict "root" $ "process" "z3-expert"). A Service's name has at most 63
characters and no dots; a release's may have 53, and dots.
*/ -}}
{{- define "aethel.name" -}}
{{- printf "%s-%s" (.root.Release.Name | replace "." "-" | trunc 50 | trimSuffix "-") .process -}}
{{- end -}}

{{- /* What tells the pods of a process from all others; immutable, so no version in it. */ -}}
{{- define "aethel.selector" -}}
app.kubernetes.io/name: aethel
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .process }}
{{- end -}}

{{- define "aethel.labels" -}}
{{ include "aethel.selector" . }}
app.kubernetes.io/part-of: aethel
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{- end -}}

{{- /*
The Deployment and the headless Service of one process.

  root     the chart's context
  process  the name of the process, "z3-expert"
  values   its block of values.yaml
  service  the gRPC service whose health says that the process is ready
  calls    whether the process calls the experts
*/ -}}
{{- define "aethel.process" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $tls := $root.Values.tls -}}
{{- $probed := ternary (int $tls.healthPort) (int $values.port) (ne $tls.secret "") -}}
{{- if ne (empty $tls.secret) (empty $tls.clients) -}}
{{- fail "tls.secret and tls.clients go together, expected both or neither" -}}
{{- end -}}
{{- if and $tls.secret (or (eq $probed (int $values.port)) (eq $probed (int $root.Values.metricsPort))) -}}
{{- fail (printf "tls.healthPort is `%d`, expected another port than those of %s" $probed .process) -}}
{{- end -}}
{{- if eq (int $values.port) (int $root.Values.metricsPort) -}}
{{- fail (printf "metricsPort is `%d`, expected another port than that of %s" (int $root.Values.metricsPort) .process) -}}
{{- end -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "aethel.name" . }}
  labels:
    {{- include "aethel.labels" . | nindent 4 }}
spec:
  replicas: {{ $values.replicas }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "aethel.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "aethel.labels" . | nindent 8 }}
      {{- if and .calls $root.Values.rules }}
      annotations:
        # Rules are read at the start: other rules, other pods.
        aethel/rules-digest: {{ $root.Values.rules | sha256sum }}
      {{- end }}
    spec:
      automountServiceAccountToken: false
      # Variables that Kubernetes would add for other Services begin with the release's name; the program refuses
      # variables of its family that it does not know.
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ add $root.Values.drainSeconds 15 }}
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . | quote }}
        {{- end }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: {{ .process }}
          image: {{ printf "%s/%s:%s" $root.Values.image.repository .process (default $root.Chart.AppVersion $root.Values.image.tag) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          ports:
            - name: grpc
              containerPort: {{ $values.port }}
              protocol: TCP
            - name: metrics
              containerPort: {{ $root.Values.metricsPort }}
              protocol: TCP
            {{- if $tls.secret }}
            - name: health
              containerPort: {{ $probed }}
              protocol: TCP
            {{- end }}
          env:
            - name: AETHEL_LISTEN
              value: {{ printf "%s:%d" $root.Values.listenHost (int $values.port) | quote }}
            - name: AETHEL_METRICS_LISTEN
              value: {{ printf "%s:%d" $root.Values.listenHost (int $root.Values.metricsPort) | quote }}
            - name: AETHEL_DRAIN_SECONDS
              value: {{ $root.Values.drainSeconds | quote }}
            {{- if $values.stateSize }}
            - name: AETHEL_STATE_DIR
              value: /var/lib/aethel
            {{- end }}
            - name: LOG_LEVEL
              value: {{ $root.Values.logLevel | quote }}
            {{- include "aethel.access" . | nindent 12 }}
            {{- if .calls }}
            {{- include "aethel.peers" $root | nindent 12 }}
            {{- if $root.Values.rules }}
            - name: AETHEL_RULES_FILE
              value: /etc/aethel/rules.toml
            {{- end }}
            {{- end }}
            {{- range $name, $value := $values.settings }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
          startupProbe:
            grpc:
              port: {{ $probed }}
              service: {{ .service }}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 30
          readinessProbe:
            grpc:
              port: {{ $probed }}
              service: {{ .service }}
            periodSeconds: 5
            timeoutSeconds: 2
            failureThreshold: 2
          # The server as a whole, not one service: a process that is not ready need not be started again.
          livenessProbe:
            grpc:
              port: {{ $probed }}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            {{- if $values.stateSize }}
            - name: state
              mountPath: /var/lib/aethel
            {{- end }}
            {{- if and .calls $root.Values.rules }}
            - name: rules
              mountPath: /etc/aethel
              readOnly: true
            {{- end }}
            {{- if $tls.secret }}
            - name: tls
              mountPath: /etc/aethel-tls
              readOnly: true
            {{- if .calls }}
            - name: clients
              mountPath: /etc/aethel-clients
              readOnly: true
            {{- end }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir:
            sizeLimit: 64Mi
        {{- if $values.stateSize }}
        - name: state
          emptyDir:
            sizeLimit: {{ $values.stateSize }}
        {{- end }}
        {{- if and .calls $root.Values.rules }}
        - name: rules
          configMap:
            name: {{ include "aethel.name" . }}-rules
        {{- end }}
        {{- if $tls.secret }}
        - name: tls
          secret:
            secretName: {{ $tls.secret | quote }}
        {{- if .calls }}
        - name: clients
          secret:
            secretName: {{ $tls.clients | quote }}
        {{- end }}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "aethel.name" . }}
  labels:
    {{- include "aethel.labels" . | nindent 4 }}
spec:
  # Headless: a caller resolves the name to every ready pod and keeps one long-lived connection to each.
  clusterIP: None
  selector:
    {{- include "aethel.selector" . | nindent 4 }}
  ports:
    - name: grpc
      port: {{ $values.port }}
      targetPort: grpc
      protocol: TCP
      {{- if not $tls.secret }}
      appProtocol: kubernetes.io/h2c
      {{- end }}
    - name: metrics
      port: {{ $root.Values.metricsPort }}
      targetPort: metrics
      protocol: TCP
{{- if and .calls $root.Values.rules }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "aethel.name" . }}-rules
  labels:
    {{- include "aethel.labels" . | nindent 4 }}
data:
  rules.toml: |
    {{- $root.Values.rules | nindent 4 }}
{{- end }}
{{- end -}}

{{- /* Who may connect and ask: a certificate of the authority everywhere, and of the clients at the orchestrator. */ -}}
{{- define "aethel.access" -}}
{{- $tls := .root.Values.tls -}}
{{- if $tls.secret -}}
- name: AETHEL_TLS_CERT
  value: /etc/aethel-tls/tls.crt
- name: AETHEL_TLS_KEY
  value: /etc/aethel-tls/tls.key
- name: AETHEL_TLS_CA
  value: /etc/aethel-tls/ca.crt
- name: AETHEL_TLS_CLIENT_CA
  value: /etc/aethel-tls/ca.crt
- name: AETHEL_TLS_PEER
  value: {{ $tls.peer | quote }}
- name: AETHEL_HEALTH_LISTEN
  value: {{ printf "%s:%d" .root.Values.listenHost (int $tls.healthPort) | quote }}
{{- if .calls }}
- name: AETHEL_CLIENTS_FILE
  value: /etc/aethel-clients/clients.json
{{- end }}
{{- else -}}
- name: AETHEL_OPEN_LISTEN
  value: "true"
{{- end -}}
{{- end -}}

{{- /* Where the orchestrator finds the experts. */ -}}
{{- define "aethel.peers" -}}
- name: AETHEL_Z3_ADDRESS
  value: {{ printf "%s:%d" (include "aethel.name" (dict "root" . "process" "z3-expert")) (int .Values.z3Expert.port) | quote }}
- name: AETHEL_SENTINEL_ADDRESS
  value: {{ printf "%s:%d" (include "aethel.name" (dict "root" . "process" "sentinel")) (int .Values.sentinel.port) | quote }}
- name: AETHEL_GUARDIAN_ADDRESS
  value: {{ printf "%s:%d" (include "aethel.name" (dict "root" . "process" "guardian")) (int .Values.guardian.port) | quote }}
{{- end -}}
